"""KeySelector: computes the key by which a module groups events."""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING, Any, TypeAlias

import msgspec

from wishbone.arguments.key import check_key
from wishbone.arguments.template import Template
from wishbone.error import InvalidData

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from wishbone.event import Event

__all__ = ["Key", "KeySelector"]

Key: TypeAlias = str | bytes
"""The result of `KeySelector.select`: equal for equal values, and short."""

LONGEST = 64
"""The longest text that is used as its own key, in characters. A payload may have longer ones."""


class KeySelector:
    """Computes the key by which a module groups events, such as the user or the host.

    A configuration gives the key of a field, `data.user.id`, or a template,
    `{{ data.host }}:{{ data.port }}`.
    """

    __slots__ = ("_template", "text")

    def __init__(self, text: str, functions: Mapping[str, Callable[..., object]] | None = None) -> None:
        """Check the key, or compile the template.

        Args:
            text: A dotted path into the event, or a template.
            functions: The functions that a template may call, by name.

        Raises:
            ConfigError: The key or the template is invalid.
        """
        self.text = text
        self._template = Template(text, functions)
        if self._template.fixed:
            check_key(text)

    @classmethod
    def from_argument(cls, value: object, functions: Mapping[str, Callable[..., object]]) -> KeySelector:
        """Convert a value in a configuration.

        Raises:
            TypeError: The value is not a text.
            ConfigError: The key or the template is invalid.
        """
        if isinstance(value, cls):
            return value
        if not isinstance(value, str):
            message = f"Expected a key such as data.user.id, or a template, got `{type(value).__name__}`"
            raise TypeError(message)
        return cls(value, functions)

    def value(self, event: Event) -> Any:
        """Return the value of the field, or the rendered template.

        Raises:
            InvalidData: The event has no such field, or the template fails on it.
        """
        return event.get(self.text) if self._template.fixed else self._template.render(event)

    def select(self, event: Event) -> Key:
        """Return the event's key, short enough to store many of them.

        Two events have the same key if their values have the same type and content. Mappings are compared
        without regard to order.

        Raises:
            InvalidData: The event has no such field, the template fails on it, or the value cannot be
                compared by its content.
        """
        value = self.value(event)
        if type(value) is str and len(value) <= LONGEST:
            return value
        try:
            content = msgspec.json.encode(value, order="sorted")
        except (TypeError, ValueError, OverflowError, RecursionError) as error:
            message = (
                f"The key {self.text!r} holds a {type(value).__name__}, which cannot tell events apart:"
                f" {error}. Name a part of it that is a text or a number."
            )
            raise InvalidData(message) from error
        return blake2b(type(value).__name__.encode() + content, digest_size=16).digest()

    def __repr__(self) -> str:
        """Show the text."""
        return f"KeySelector({self.text!r})"
