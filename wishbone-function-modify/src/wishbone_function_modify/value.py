"""Value: a value for `set`: a template, or any other value."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wishbone.arguments import Template
from wishbone.copying import copy_value

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from wishbone.event import Event

__all__ = ["Value"]


class Value:
    """A value for `set`. Text is a template; any other value is used as it is."""

    __slots__ = ("_template", "constant", "content")

    def __init__(self, content: object, functions: Mapping[str, Callable[..., object]] | None = None) -> None:
        """Compile a template, or keep any other value.

        Args:
            content: The value in the bootstrap file.
            functions: The functions that a template can call, by name.

        Raises:
            ConfigError: The template is not valid.
        """
        self.content = content
        self._template = Template(content, functions) if isinstance(content, str) else None
        self.constant = not isinstance(content, dict | list) and (
            self._template is None or self._template.fixed
        )

    @classmethod
    def from_argument(cls, value: object, functions: Mapping[str, Callable[..., object]]) -> Value:
        """Convert a value of a bootstrap file.

        Raises:
            ConfigError: The value is a template that is not valid.
        """
        return value if isinstance(value, cls) else cls(value, functions)

    def render(self, event: Event) -> Any:
        """Return the value for one event. It shares nothing with that of another event."""
        return copy_value(self.content) if self._template is None else self._template.render(event)
