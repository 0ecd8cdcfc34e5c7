"""Template: a text that is rendered from each event."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wishbone.error import InvalidData

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from wishbone.event import Event


class Template:
    """A Jinja2 template, compiled once and sandboxed. A field that is missing is an error of the event.

    A text without `{{`, `{%` and `{#` is the same for every event and costs nothing. Only texts from
    a configuration become templates, never a payload.
    """

    __slots__ = ("_render", "text")

    def __init__(self, text: str, functions: Mapping[str, Callable[..., object]] | None = None) -> None:
        """Compile a text.

        Args:
            text: The text, such as `{{ data.user.name }} logged in`.
            functions: The functions that it may call, by name.

        Raises:
            ConfigError: The template is invalid.
        """
        self.text = text
        self._render: Callable[[Event], str] | None = None
        if "{{" in text or "{%" in text or "{#" in text:
            from wishbone._jinja.sandbox import compile_template  # noqa: PLC0415 - a slow import that few need

            self._render = compile_template(text, functions or {})

    @classmethod
    def from_argument(cls, value: object, functions: Mapping[str, Callable[..., object]]) -> Template:
        """Convert a value in a configuration, which may be a text or a number.

        Raises:
            TypeError: The value is of another type.
            ConfigError: The template is invalid.
        """
        if isinstance(value, cls):
            return value
        if isinstance(value, int | float) and not isinstance(value, bool):
            return cls(str(value))
        if not isinstance(value, str):
            message = f"Expected a template (a text), got `{type(value).__name__}`"
            raise TypeError(message)
        return cls(value, functions)

    @property
    def fixed(self) -> bool:
        """Whether the text is the same for every event."""
        return self._render is None

    def render(self, event: Event) -> str:
        """Return the text for an event.

        Raises:
            InvalidData: A field used in the template is missing, or the template fails on this event.
        """
        if self._render is None:
            return self.text
        try:
            return self._render(event)
        except Exception as error:
            message = f"The template {self.text!r} cannot be filled in: {error}"
            raise InvalidData(message) from error

    def __repr__(self) -> str:
        """Show the text."""
        return f"Template({self.text!r})"
