"""Newline: finds the ends of lines, and runs of NUL bytes, in the bytes of a text encoding."""

from __future__ import annotations

import codecs
import re
from typing import TYPE_CHECKING

from wishbone.error import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wishbone.codecs.encoding import Encoding

RUN = 4
"""NUL characters in a row that end a line."""


class Newline:
    """Splits whole code units of a stream."""

    def __init__(self, known: Encoding, head: bytes) -> None:
        """Find the encoding of a stream.

        Args:
            known: The encoding, with or without byte order marks.
            head: The first bytes of the stream.

        Raises:
            ConfigError: The encoding has no newline.
        """
        self.encoding = known.start(head).encoding
        self.unit = known.unit
        self.code = known.delimiter("\n", self.encoding)
        if len(self.code) != self.unit:
            message = f"Lines cannot be read as {known.name!r}: give another 'encoding', such as utf-8."
            raise ConfigError(message)
        self._carriage_return = known.delimiter("\r", self.encoding)
        self._run = re.compile(rb"\0{%d,}" % (RUN * self.unit))
        self._nuls = b"\0" if self.unit == 1 else bytes(RUN * self.unit)

    def whole(self, data: bytes) -> int:
        """Return how many bytes can be split: whole units, without NULs that may be the start of a run."""
        end = len(data) - len(data) % self.unit
        if data.endswith(b"\0", 0, end):
            text = len(data[:end].rstrip(b"\0"))
            text += -text % self.unit
            if end - text < RUN * self.unit:
                return text
        return end

    def split(self, data: bytes) -> list[bytes]:
        """Split whole units at their newlines."""
        pieces = data.split(self.code)
        if self.unit == 1 or all(len(piece) % self.unit == 0 for piece in pieces):
            return pieces
        # Bytes of two neighbours may look like a newline.
        split, begun = [], b""
        for piece in pieces[:-1]:
            begun += piece
            if len(begun) % self.unit:
                begun += self.code
            else:
                split.append(begun)
                begun = b""
        return [*split, begun + pieces[-1]]

    def has_nuls(self, data: bytes) -> bool:
        """Return whether there may be NULs to skip."""
        return self._nuls in data

    def nuls(self, data: bytes) -> Iterator[tuple[int, int]]:
        """Yield the start and the end of each run of NULs."""
        for found in self._run.finditer(data):
            start, end = found.start() + -found.start() % self.unit, found.end() - found.end() % self.unit
            if end - start >= RUN * self.unit:
                yield start, end

    def leading_nuls(self, data: bytes) -> int:
        """Return how many bytes are NULs before the first other character."""
        count = len(data) - len(data.lstrip(b"\0"))
        return count - count % self.unit

    def strip(self, line: bytes) -> bytes:
        """Return a line without NULs at its ends; only where a character is a byte."""
        return line.strip(b"\0") if self.unit == 1 else line

    def is_empty(self, line: bytes) -> bool:
        """Return whether a line without its newline is empty."""
        return not line or line == self._carriage_return

    def complete(self, line: bytes) -> int:
        """Return how many bytes are complete characters."""
        decoder = codecs.getincrementaldecoder(self.encoding)("replace")
        decoder.decode(line)
        return len(line) - len(decoder.getstate()[0])
