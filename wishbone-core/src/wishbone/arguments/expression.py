"""Expression: computes a value from each event, such as `data.status >= 500`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wishbone.error import ConfigError, InvalidData

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from wishbone.event import Event

__all__ = ["Expression"]


class Expression:
    """A Jinja2 expression, as between `{{` and `}}` of a template, that is evaluated to any value.

    It uses an event's fields: `data`, `errors`, `tags`, `timestamp`, `tmp`, `ttl` and `uuid`. It is compiled
    once, and sandboxed. A field that is missing is an error of the event, unless the expression tests
    for it (`data.status is defined`) or has a default (`data.status|default(0)`). Only texts from a
    configuration become expressions, never a payload.
    """

    __slots__ = ("_evaluate", "text")

    def __init__(self, text: str, functions: Mapping[str, Callable[..., object]] | None = None) -> None:
        """Compile a text.

        Args:
            text: The expression, such as `data.status >= 500 and 'audit' not in tags`.
            functions: The functions that it may call, by name.

        Raises:
            ConfigError: The expression is invalid.
        """
        from wishbone._jinja.sandbox import compile_expression  # noqa: PLC0415 - a slow import that few need

        if "{{" in text or "{%" in text:
            message = (
                f"The expression {text!r} cannot be read: it is a template. Write it without"
                " '{{' and '}}', and without statements."
            )
            raise ConfigError(message)
        self.text = text
        self._evaluate = compile_expression(text, functions or {})

    @classmethod
    def from_argument(cls, value: object, functions: Mapping[str, Callable[..., object]]) -> Expression:
        """Convert a value in a configuration, which may be a text, a number, true or false.

        Raises:
            TypeError: The value is of another type.
            ConfigError: The expression is invalid.
        """
        if isinstance(value, cls):
            return value
        if isinstance(value, int | float):
            return cls(str(value))
        if not isinstance(value, str):
            message = f"Expected an expression (a text), got `{type(value).__name__}`"
            raise TypeError(message)
        return cls(value, functions)

    def evaluate(self, event: Event) -> Any:
        """Return the value of the expression for an event.

        Raises:
            InvalidData: A field used in the expression is missing, or the expression fails on this event.
        """
        try:
            return self._evaluate(event)
        except Exception as error:
            message = f"The expression {self.text!r} cannot be evaluated: {error}"
            raise InvalidData(message) from error

    def __repr__(self) -> str:
        """Show the text."""
        return f"Expression({self.text!r})"
