"""Expression: a question that each event answers, such as `data.status >= 500`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wishbone.error import ConfigError, InvalidData

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from wishbone.event import Event

__all__ = ["Expression"]


class Expression:
    """What stands between the `{{` and `}}` of a template, compiled once, evaluated to any value.

    It names an event's fields: `data`, `errors`, `tags`, `timestamp`, `tmp`, `ttl` and `uuid`. It is
    sandboxed and strict as templates are: what is not there is an error of that event, unless the
    expression asks for it (`data.status is defined`) or has a default (`data.status|default(0)`).
    Only texts that a person wrote into a configuration become expressions; a payload never does.
    """

    __slots__ = ("_evaluate", "text")

    def __init__(self, text: str, functions: Mapping[str, Callable[..., object]] | None = None) -> None:
        """Compile a text.

        Args:
            text: The expression, such as `data.status >= 500 and 'audit' not in tags`.
            functions: What it may call, by name.

        Raises:
            ConfigError: The text is no valid expression.
        """
        from wishbone._jinja.sandbox import compile_expression  # noqa: PLC0415 - a slow import that few need

        if "{{" in text or "{%" in text:
            message = (
                f"The expression {text!r} cannot be read: it is an expression as a whole. Write it without"
                " '{{' and '}}', and not as a statement."
            )
            raise ConfigError(message)
        self.text = text
        self._evaluate = compile_expression(text, functions or {})

    @classmethod
    def from_argument(cls, value: object, functions: Mapping[str, Callable[..., object]]) -> Expression:
        """Convert the value in a configuration to an expression; a number, true and false are ones too.

        Raises:
            TypeError: It is none of these.
            ConfigError: The text is no valid expression.
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
        """Return what the expression says about an event.

        Raises:
            InvalidData: The event has not what the expression names, or the expression fails on it.
        """
        try:
            return self._evaluate(event)
        except Exception as error:
            message = f"The expression {self.text!r} cannot be evaluated: {error}"
            raise InvalidData(message) from error

    def __repr__(self) -> str:
        """Show the text."""
        return f"Expression({self.text!r})"
