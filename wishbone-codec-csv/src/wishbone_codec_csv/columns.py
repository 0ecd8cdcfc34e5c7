"""Columns: the names of a record's fields."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wishbone.codec import BadFrame
from wishbone.error import ConfigError, InvalidData

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["Columns"]


class Columns:
    """Makes a mapping of each record, once the names are known; a list if there are none."""

    def __init__(self, header: bool, names: list[str] | None, most: int) -> None:
        """Start a stream.

        Args:
            header: Whether the first record is a header.
            names: The names, if they are not taken from the header.
            most: Most columns.

        Raises:
            ConfigError: Two names are the same.
        """
        if names is not None and len({*names}) < len(names):
            message = f"Two columns have the same name: {', '.join(names)}. Give each column its own name."
            raise ConfigError(message)
        self._awaits_header = header
        self._lost = False
        self._names = names
        self._most = most

    def values(self, rows: list[list[str]], as_came: Callable[[int], bytes]) -> Iterator[Any]:
        """Yield the value of each record, in order; nothing for an empty line and for the header.

        Args:
            rows: The fields of the records.
            as_came: Returns the bytes of a record, by its index.
        """
        start = 0
        if self._awaits_header:
            start = next((at for at, row in enumerate(rows, 1) if row), 0)
            if not start:
                return
            self._awaits_header = False
            if self._names is None:
                yield from self._take_names(rows[start - 1], as_came(start - 1))
        del rows[:start]
        names = self._names
        if self._lost or not self._fit(rows):
            yield from (self._value(row, as_came, at) for at, row in enumerate(rows, start) if row)
        elif names is None:
            yield from filter(None, rows)
        else:
            yield from (dict(zip(names, row, strict=True)) for row in rows if row)

    def _fit(self, rows: list[list[str]]) -> bool:
        """Return whether all records have the right number of fields, as they usually have."""
        widths = {*map(len, rows)}
        return widths <= {0, len(self._names)} if self._names else max(widths, default=0) <= self._most

    def _value(self, row: list[str], as_came: Callable[[int], bytes], at: int) -> Any:
        names = self._names
        if self._lost:
            message = "The header could not be read: correct it, or give 'columns'."
        elif names is None and len(row) <= self._most:
            return row
        elif names is None:
            message = self._too_many(row)
        elif len(row) == len(names):
            return dict(zip(names, row, strict=True))
        else:
            shown = ", ".join(name[:40] for name in names[:10])
            message = (
                f"The record has {len(row)} fields, but there are {len(names)} columns ({shown}). Check"
                " 'delimiter' and 'quote'."
            )
        return BadFrame(as_came(at), InvalidData(message))

    def _take_names(self, header: list[str], data: bytes) -> Iterator[BadFrame]:
        if len(header) <= self._most:
            self._names = _unique(header)
        else:
            self._lost = True
            yield BadFrame(data, InvalidData(self._too_many(header)))

    def _too_many(self, row: list[str]) -> str:
        most = self._most
        return f"The record has {len(row)} fields, more than the {most} of 'max_columns'. Check 'delimiter'."

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
