"""Dialect: which characters a CSV file is written with."""

from __future__ import annotations

import csv
from typing import Annotated, Any, Literal

from msgspec import Meta

from wishbone.error import ConfigError

__all__ = ["Character", "Name", "dialect_of"]

Name = Literal["excel", "excel-tab", "unix"]
"""The dialects that have a name."""

Character = Annotated[str, Meta(min_length=1, max_length=1)]
"""One character."""


def dialect_of(name: Name, **characters: Any) -> csv.Dialect:
    """Return a dialect.

    Args:
        name: The one to begin with.
        **characters: What is different from it, by the names of `csv.Dialect`; None is as it is there.

    Raises:
        ConfigError: They do not go together.
    """
    given = {key: value for key, value in characters.items() if value is not None}
    if given.get("quotechar") == "":
        given = {**given, "quotechar": None, "quoting": csv.QUOTE_NONE}
    try:
        # Only a reader has all of a dialect checked and put together.
        found: csv.Dialect = csv.reader((), name, **given).dialect  # type: ignore[assignment]
        _check(found)
    except (csv.Error, TypeError, ValueError) as error:
        message = f"Such CSV cannot be told apart: {error}. Give characters that differ from each other."
        raise ConfigError(message) from error
    return found


def _check(dialect: csv.Dialect) -> None:
    characters = [
        character for character in (dialect.delimiter, dialect.quotechar, dialect.escapechar) if character
    ]
    if len({*characters}) < len(characters) or {*characters} & {"\r", "\n"}:
        message = f"delimiter, quote and escape are {' '.join(map(repr, characters))}"
        raise ValueError(message)
