"""Pattern: a regular expression with named groups that runs in linear time."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import re2  # type: ignore[import-not-found]  # it has no types

from wishbone.error import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["Pattern"]


class Pattern:
    """An RE2 regular expression, which runs in linear time, without lookaround and backreferences.

    Python's own engine backtracks: a short text can keep `(a+)+$` busy for years.
    """

    argument_schema: ClassVar[Mapping[str, object]] = {"type": "string", "format": "regex"}

    __slots__ = ("_search", "names", "text")

    def __init__(self, text: str) -> None:
        r"""Compile a pattern.

        Args:
            text: The pattern, such as `user (?P<user>\w+) logged in`.

        Raises:
            ConfigError: The pattern is not valid, RE2 does not support it, or it has no named group.
        """
        self.text = text
        try:
            compiled = re2.compile(text)
        except (re2.error, ValueError, TypeError) as error:
            message = f"The pattern {text!r} is not valid: {error}"
            raise ConfigError(message) from error
        if isinstance(compiled, re2.FallbackPattern):
            message = (
                f"The pattern {text!r} has a lookaround or a backreference, which RE2 does not support: write"
                " it without (?=…), (?!…), (?<=…), (?<!…) and \\1."
            )
            raise ConfigError(message)
        if not compiled.groupindex:
            message = f"The pattern {text!r} has no named group, so nothing is extracted: write (?P<name>…)."
            raise ConfigError(message)
        self.names = tuple(compiled.groupindex)
        self._search = compiled.search

    @classmethod
    def from_argument(cls, value: object, functions: Mapping[str, Callable[..., object]]) -> Pattern:
        """Convert a value of a bootstrap file.

        Raises:
            TypeError: The value is not a string.
            ConfigError: See `__init__`.
        """
        del functions
        if not isinstance(value, str):
            message = f"Expected a regular expression (a text), got `{type(value).__name__}`"
            raise TypeError(message)
        return cls(value)

    def match(self, text: str) -> dict[str, str] | None:
        """Return the named groups that matched in the first match; None if there is no match."""
        found = self._search(text)
        if found is None:
            return None
        return {name: value for name, value in found.groupdict().items() if value is not None}
