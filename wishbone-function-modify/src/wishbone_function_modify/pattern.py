"""Pattern: a regular expression with named groups, that no text can make run long."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import re2  # type: ignore[import-not-found]  # it has no types

from wishbone.error import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["Pattern"]


class Pattern:
    """A regular expression of RE2, whose time grows with the text and no faster, whatever the pattern.

    Python's own backtracks: a short text that somebody sends can keep `(a+)+$` busy for years. The
    price is that there is neither a look around nor a reference back.
    """

    argument_schema: ClassVar[Mapping[str, object]] = {"type": "string", "format": "regex"}

    __slots__ = ("_search", "names", "text")

    def __init__(self, text: str) -> None:
        r"""Compile a text.

        Args:
            text: The expression, such as `user (?P<user>\w+) logged in`.

        Raises:
            ConfigError: It is none, RE2 cannot run it, or it has no named group.
        """
        self.text = text
        try:
            compiled = re2.compile(text)
        except (re2.error, ValueError, TypeError) as error:
            message = f"The pattern {text!r} cannot be read: {error}"
            raise ConfigError(message) from error
        if isinstance(compiled, re2.FallbackPattern):
            message = (
                f"The pattern {text!r} looks around or refers back, for which no bound of time can be given:"
                " write it without (?=…), (?!…), (?<=…), (?<!…) and \\1."
            )
            raise ConfigError(message)
        if not compiled.groupindex:
            message = f"The pattern {text!r} has no named group, so nothing is extracted: write (?P<name>…)."
            raise ConfigError(message)
        self.names = tuple(compiled.groupindex)
        self._search = compiled.search

    @classmethod
    def from_argument(cls, value: object, functions: Mapping[str, Callable[..., object]]) -> Pattern:
        """Turn what stands in a configuration into a pattern.

        Raises:
            TypeError: It is no text.
            ConfigError: See `__init__`.
        """
        del functions
        if not isinstance(value, str):
            message = f"Expected a regular expression (a text), got `{type(value).__name__}`"
            raise TypeError(message)
        return cls(value)

    def match(self, text: str) -> dict[str, str] | None:
        """Return the named groups that took part in the first match; None, if there is no match."""
        found = self._search(text)
        if found is None:
            return None
        return {name: value for name, value in found.groupdict().items() if value is not None}
