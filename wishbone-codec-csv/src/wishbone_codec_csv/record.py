"""RecordSplitter: joins the lines of a record whose fields contain newlines."""

from __future__ import annotations

import csv
import re
from typing import TYPE_CHECKING

from wishbone.codec import BadFrame
from wishbone.codecs.splitter import too_long
from wishbone.error import InvalidData

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["RecordSplitter", "as_bytes"]

_MATCHES = 3
"""So many records in a row after a quote show that the quote was not meant to be open."""

_AGAIN = 4
"""How many times the longest record may be read again at once."""


Record = list[str] | BadFrame
"""The lines of a record, or a bad frame in its place."""


class RecordSplitter:
    """Follows the quotes of a record, line by line, as the reader of Python's csv does.

    That reader cannot say whether a record is complete, nor continue one later. Reading a record again with
    each new line would take quadratic time.
    """

    def __init__(self, dialect: csv.Dialect, max_size: int, width: int, encoding: Callable[[], str]) -> None:
        """Start a stream.

        Args:
            dialect: The dialect of the stream.
            max_size: Longest record.
            width: How many fields a record has; 0 means as many as the first.
            encoding: Returns the encoding of the stream.
        """
        self.max_size = max_size
        self._dialect = dialect
        self._width = width
        self._encoding = encoding
        self._delimiter, self._quote = dialect.delimiter, dialect.quotechar
        escape = re.escape(dialect.escapechar) if dialect.escapechar else ""
        delimiter, quote = re.escape(dialect.delimiter), re.escape(dialect.quotechar or "")
        escaped = f"|{escape}." if escape else ""
        doubled = f"|{quote}{quote}" if dialect.doublequote else ""
        space = " *+" if dialect.skipinitialspace else ""
        plain = f"(?:[^{delimiter}{escape}]{escaped})*+"
        self._pass_plain = re.compile(plain, re.DOTALL).match
        # After a closing quote, the reader treats an escape as an ordinary character.
        self._literal = (dialect.doublequote and dialect.escapechar) or "\n"
        inner = f"[^{quote}{escape}]" if quote else "."
        self._pass_quoted = re.compile(f"(?:{inner}{escaped}{doubled})*+", re.DOTALL).match
        unquoted = f"(?!{quote})" if quote else ""
        self._pass_fields = re.compile(f"(?:{space}{unquoted}{plain}{delimiter})*+{space}", re.DOTALL).match
        self._special = [character for character in (dialect.quotechar, dialect.escapechar) if character]
        self._lines: list[str] = []
        self._size = 0
        self._opened = 0  # the line, counted from 0, with the quote that is open
        self._read = 0  # bytes that were added
        self._read_again = -_AGAIN * max_size  # bytes that were added again
        self._matching: list[str] = []  # the last lines after the quote that are records of the same width
        self._open = self._quoted = self._skipping = False

    def simple(self, text: str) -> bool:
        """Return whether each line of a text is a record: no record is open, and nothing is quoted."""
        return not self._open and not any(character in text for character in self._special)

    def learn(self, rows: list[list[str]]) -> None:
        """Learn from the first record how many fields a record has."""
        if not self._width:
            self._width = next((len(row) for row in rows if row), 0)

    def add(self, line: str | BadFrame, records: list[Record]) -> None:
        """Add a line, without its end.

        Args:
            line: The next line of the stream.
            records: The records that the line completes are appended to it.
        """
        if isinstance(line, BadFrame):
            self.finish(records)
            self._begin()
            records.append(line)
            return
        self._open = self._goes_on(line)
        if self._skipping:
            self._skip(line, records)
            return
        self._lines.append(line)
        self._size += len(line) + 1
        if self._size - 1 > self.max_size:
            self._give_up(too_long(self._as_bytes(self._lines), self.max_size), records)
        elif not self._open:
            record = self._lines
            self._begin()
            if not self._width:
                self._width = len(self._fields(record))
            records.append(record)

    def finish(self, records: list[Record]) -> None:
        """Append what is left when the end of a record cannot come any more."""
        while self._lines:
            message = "The stream ends in the middle of a record: a quote was not closed. Check 'quote'."
            self._give_up(BadFrame(self._as_bytes(self._lines), InvalidData(message)), records)

    def _give_up(self, bad: BadFrame, records: list[Record]) -> None:
        """Read the lines after an open quote again if they are records; otherwise, skip this record."""
        lines, size = self._lines, self._size
        self._read += size
        self._matching, self._skipping = [], self._open
        self._lines, self._size = [], 0
        # No more lines are read again than new ones come: otherwise, open quotes could take quadratic time.
        self._read_again = max(self._read_again, self._read - _AGAIN * self.max_size)
        if self._read_again + size <= self._read:
            self._read_again += size
            for end, line in enumerate(lines[self._opened + 1 :], self._opened + 2):
                if self._has_match(line):
                    start = end - _MATCHES
                    message = "A quote is not closed: the next lines are records of their own. Check 'quote'."
                    records.append(BadFrame(self._as_bytes(lines[:start]), InvalidData(message)))
                    self._read -= size
                    self._add_all(lines[start:], records)
                    return
        records.append(bad)

    def _skip(self, line: str, records: list[Record]) -> None:
        """Skip a line of a record that is too long, unless it and those before it are records."""
        if not self._open:
            self._begin()
        elif self._has_match(line):
            self._add_all(self._matching, records)

    def _add_all(self, lines: list[str], records: list[Record]) -> None:
        self._begin()
        for line in lines:
            self.add(line, records)

    def _has_match(self, line: str) -> bool:
        """Return whether enough lines in a row are records of the same width; this is the last."""
        row = self._row(line)
        if row and len(row) == (self._width or len(self._row(self._matching[0] if self._matching else line))):
            self._matching.append(line)
        else:
            self._matching = []
        return len(self._matching) == _MATCHES

    def _row(self, line: str) -> list[str]:
        """Return the fields of a line that is a record, or nothing."""
        before = self._open, self._quoted, self._opened
        self._open = False
        goes_on = self._goes_on(line)
        self._open, self._quoted, self._opened = before
        return [] if goes_on else self._fields([line])

    def _fields(self, record: list[str]) -> list[str]:
        """Return the fields of a record, or nothing if it cannot be read."""
        try:
            return next(csv.reader([f"{line}\n" for line in record], self._dialect), [])
        except csv.Error:
            return []

    def _as_bytes(self, lines: list[str]) -> bytes:
        return as_bytes(lines, self._encoding())

    def _begin(self) -> None:
        self._read += self._size
        self._lines, self._size = [], 0
        self._open = self._quoted = self._skipping = False

    def _goes_on(self, line: str) -> bool:
        """Return whether the record continues in the next line."""
        at, begins = 0, not self._open
        opened = len(self._lines) if begins else self._opened
        while True:
            if begins:
                at = _end(self._pass_fields(line, at))
                self._quoted = self._quote is not None and line.startswith(self._quote, at)
                at += self._quoted
                opened = len(self._lines)
            if self._quoted:
                at = _end(self._pass_quoted(line, at))
                self._quoted = not line.startswith(self._quote or "", at) or at == len(line)
                if self._quoted:
                    self._opened = opened
                    return True
                at += 1 + line.startswith(self._literal, at + 1)
            at = _end(self._pass_plain(line, at))
            if not line.startswith(self._delimiter, at):
                # Only an escape can be left, and it escapes the end of the line.
                self._opened = opened
                return at < len(line)
            at += 1
            begins = True


def as_bytes(lines: list[str], encoding: str) -> bytes:
    """Return lines as the original bytes, for a bad frame."""
    return "\n".join(lines).encode(encoding, "surrogateescape")


def _end(found: re.Match[str] | None) -> int:
    assert found is not None  # each pattern matches the empty string
    return found.end()
