"""Value: what `set` puts into an event: a template, or any value as it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wishbone.arguments import Template
from wishbone.copying import copy_value

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from wishbone.event import Event

__all__ = ["Value"]


class Value:
    """A text is a template; a number, true, false, null, a list or a mapping stands for itself."""

    __slots__ = ("_template", "constant", "content")

    def __init__(self, content: object, functions: Mapping[str, Callable[..., object]] | None = None) -> None:
        """Compile a text; keep everything else.

        Args:
            content: What a configuration has.
            functions: What a template may call, by name.

        Raises:
            ConfigError: The text is no valid template.
        """
        self.content = content
        self._template = Template(content, functions) if isinstance(content, str) else None
        self.constant = not isinstance(content, dict | list) and (
            self._template is None or self._template.fixed
        )

    @classmethod
    def from_argument(cls, value: object, functions: Mapping[str, Callable[..., object]]) -> Value:
        """Turn what stands in a configuration into a value.

        Raises:
            ConfigError: It is a text and no valid template.
        """
        return value if isinstance(value, cls) else cls(value, functions)

    def of(self, event: Event) -> Any:
        """Return the value for one event: it shares nothing with that of another."""
        return copy_value(self.content) if self._template is None else self._template.render(event)
