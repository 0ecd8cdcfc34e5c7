"""KeySelector: reads the key by which a module tells events apart."""

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
"""What `KeySelector.select` returns: equal for equal values, and never long."""

LONGEST = 64
"""Characters up to which a text is its own key: whoever sends a payload decides how long it is."""


class KeySelector:
    """Reads the key by which a module tells events apart: whose they are, or what they are about.

    A configuration names a place in the event, `data.user.id`, or has a template,
    `{{ data.host }}:{{ data.port }}`.
    """

    __slots__ = ("_template", "text")

    def __init__(self, text: str, functions: Mapping[str, Callable[..., object]] | None = None) -> None:
        """Note where the key stands.

        Args:
            text: A dotted path into the event, or a template.
            functions: What a template may call, by name.

        Raises:
            ConfigError: The text is neither.
        """
        self.text = text
        self._template = Template(text, functions)
        if self._template.fixed:
            check_key(text)

    @classmethod
    def from_argument(cls, value: object, functions: Mapping[str, Callable[..., object]]) -> KeySelector:
        """Convert the value in a configuration to a selector.

        Raises:
            TypeError: It is no text.
            ConfigError: The text is neither a path nor a template.
        """
        if isinstance(value, cls):
            return value
        if not isinstance(value, str):
            message = f"Expected a key such as data.user.id, or a template, got `{type(value).__name__}`"
            raise TypeError(message)
        return cls(value, functions)

    def value(self, event: Event) -> Any:
        """Return what stands in the event, as it is.

        Raises:
            InvalidData: Nothing does, or the template fails.
        """
        return event.get(self.text) if self._template.fixed else self._template.render(event)

    def select(self, event: Event) -> Key:
        """Return the event's key, small enough to be kept for many of them.

        Two events have the same key if the values there have the same type and content, be they mappings.

        Raises:
            InvalidData: Nothing stands there, the template fails, or the value has no content to compare.
        """
        value = self.value(event)
        if type(value) is str and len(value) <= LONGEST:
            return value
        try:
            content = msgspec.json.encode(value, order="sorted")
        except (TypeError, ValueError, OverflowError, RecursionError) as error:
            message = (
                f"The key {self.text!r} holds a {type(value).__name__} that cannot tell events apart:"
                f" {error}. Name a part of it that is a text or a number."
            )
            raise InvalidData(message) from error
        return blake2b(type(value).__name__.encode() + content, digest_size=16).digest()

    def __repr__(self) -> str:
        """Show the text."""
        return f"KeySelector({self.text!r})"
