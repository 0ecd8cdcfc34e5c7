"""RecordSplitter: joins the lines of a record whose fields contain newlines."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from wishbone.codec import BadFrame
from wishbone.codecs.splitter import too_long
from wishbone.error import InvalidData

if TYPE_CHECKING:
    import csv

__all__ = ["RecordSplitter", "as_bytes"]


class RecordSplitter:
    """Follows the quotes of a record, line by line, as the reader of Python's csv does.

    That reader cannot say whether a record is complete, nor continue one later. Reading a record again with
    each new line would take quadratic time.
    """

    def __init__(self, dialect: csv.Dialect, max_size: int) -> None:
        """Start a record.

        Args:
            dialect: The dialect of the stream.
            max_size: Longest record.
        """
        self.max_size = max_size
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
        self._open = self._quoted = self._skipping = False

    def simple(self, text: str) -> bool:
        """Return whether each line of a text is a record: no record is open, and nothing is quoted."""
        return not self._open and not any(character in text for character in self._special)

    def add(self, line: str | BadFrame) -> list[str] | BadFrame | None:
        """Add a line, without its end.

        Returns:
            The lines of the record that it completes, a `BadFrame` for a bad record, or None.
        """
        if isinstance(line, BadFrame):
            self._begin()
            return line
        self._open = self._goes_on(line)
        if self._skipping:
            self._skipping = self._open
            return None
        self._lines.append(line)
        self._size += len(line) + 1
        if self._size - 1 > self.max_size:
            bad = too_long(as_bytes(self._lines), self.max_size)
            self._lines, self._size, self._skipping = [], 0, self._open
            return bad
        if self._open:
            return None
        record = self._lines
        self._begin()
        return record

    def finish(self) -> BadFrame | None:
        """Return a `BadFrame` for a record whose end is missing, if there is one."""
        if not self._open or self._skipping:
            return None
        message = "The stream ends in the middle of a record: a quote was not closed. Check 'quote'."
        return BadFrame(as_bytes(self._lines), InvalidData(message))

    def _begin(self) -> None:
        self._lines, self._size = [], 0
        self._open = self._quoted = self._skipping = False

    def _goes_on(self, line: str) -> bool:
        """Return whether the record continues in the next line."""
        at, begins = 0, not self._open
        while True:
            if begins:
                at = _end(self._pass_fields(line, at))
                self._quoted = self._quote is not None and line.startswith(self._quote, at)
                at += self._quoted
            if self._quoted:
                at = _end(self._pass_quoted(line, at))
                self._quoted = not line.startswith(self._quote or "", at) or at == len(line)
                if self._quoted:
                    return True
                at += 1 + line.startswith(self._literal, at + 1)
            at = _end(self._pass_plain(line, at))
            if not line.startswith(self._delimiter, at):
                # Only an escape can be left, and it escapes the end of the line.
                return at < len(line)
            at += 1
            begins = True


def as_bytes(lines: list[str]) -> bytes:
    """Return lines as the original bytes, for a bad frame."""
    return "\n".join(lines).encode("utf-8", "surrogateescape")


def _end(found: re.Match[str] | None) -> int:
    assert found is not None  # each pattern matches the empty string
    return found.end()
