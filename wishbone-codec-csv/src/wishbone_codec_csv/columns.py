"""Columns: the names of a record's fields."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wishbone.codec import BadFrame
from wishbone.error import ConfigError, InvalidData

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Columns"]


class Columns:
    """Makes a mapping of each record, once the names are known; a list if there are none."""

    def __init__(self, header: bool, names: list[str] | None) -> None:
        """Start a stream.

        Args:
            header: Whether the first record is a header.
            names: The names, if they are not taken from the header.

        Raises:
            ConfigError: Two names are the same.
        """
        if names is not None and len({*names}) < len(names):
            message = f"Two columns have the same name: {', '.join(names)}. Give each column its own name."
            raise ConfigError(message)
        self._awaits_header = header
        self._lost = False
        self._names = names

    def values(self, rows: list[list[str]]) -> Iterator[Any]:
        """Yield the value of each record, in order; nothing for an empty line and for the header."""
        if self._awaits_header:
            rows = [row for row in rows if row]
            if not rows:
                return
            self._awaits_header = False
            if self._names is None:
                self._names = _unique(rows[0])
            rows = rows[1:]
        names = self._names
        if self._lost:
            yield from (_nameless(row) for row in rows if row)
        elif names is None:
            yield from (row for row in rows if row)
        else:
            count = len(names)
            yield from (
                dict(zip(names, row, strict=True)) if len(row) == count else _uneven(row, names)
                for row in rows
                if row
            )

    def miss(self) -> None:
        """Record that a record could not be read; if it was the header, the columns have no names."""
        if self._awaits_header:
            self._awaits_header = False
            self._lost = self._names is None


def _unique(names: list[str]) -> list[str]:
    """Name the columns that have no name, and number names that occur again."""
    found: dict[str, None] = {}
    numbers: dict[str, int] = {}
    for position, name in enumerate(names, 1):
        own = unique = name.strip() or f"column_{position}"
        number = numbers.get(own, 1)
        while unique in found:
            number += 1
            unique = f"{own}_{number}"
        found[unique], numbers[own] = None, number
    return [*found]


def _uneven(row: list[str], names: list[str]) -> BadFrame:
    shown = ", ".join(name[:40] for name in names[:10])
    message = (
        f"The record has {len(row)} fields, but there are {len(names)} columns ({shown}). Check 'delimiter'"
        " and 'quote'."
    )
    return _bad(row, message)


def _nameless(row: list[str]) -> BadFrame:
    return _bad(row, "The header could not be read: correct it, or give 'columns'.")


def _bad(row: list[str], message: str) -> BadFrame:
    return BadFrame(",".join(row).encode("utf-8", "surrogateescape"), InvalidData(message))
