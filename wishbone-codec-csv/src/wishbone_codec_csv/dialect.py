"""Dialect: the characters that structure a CSV file."""

from __future__ import annotations

import csv
from typing import Annotated, Any, Literal

from msgspec import Meta

from wishbone.error import ConfigError

__all__ = ["Character", "Name", "dialect_of"]

Name = Literal["excel", "excel-tab", "unix"]
"""The named dialects."""

Character = Annotated[str, Meta(min_length=1, max_length=1)]
"""One character."""


def dialect_of(name: Name, **characters: Any) -> csv.Dialect:
    """Return a dialect.

    Args:
        name: The named dialect to start from.
        **characters: Changes to it, by the names of `csv.Dialect`; None changes nothing.

    Raises:
        ConfigError: The characters conflict.
    """
    given = {key: value for key, value in characters.items() if value is not None}
    if given.get("quotechar") == "":
        given = {**given, "quotechar": None, "quoting": csv.QUOTE_NONE}
    try:
        # Only a reader checks and completes a dialect.
        found: csv.Dialect = csv.reader((), name, **given).dialect  # type: ignore[assignment]
        _check(found)
    except (csv.Error, TypeError, ValueError) as error:
        message = f"The CSV dialect is ambiguous: {error}. Give characters that differ."
        raise ConfigError(message) from error
    return found


def _check(dialect: csv.Dialect) -> None:
    characters = [
        character for character in (dialect.delimiter, dialect.quotechar, dialect.escapechar) if character
    ]
    if len({*characters}) < len(characters) or {*characters} & {"\r", "\n"}:
        message = f"delimiter, quote and escape are {' '.join(map(repr, characters))}"
        raise ValueError(message)
