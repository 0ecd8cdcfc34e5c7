"""Line: one line of a source and where it stood; and Splitter, which cuts blocks of bytes into lines."""

from __future__ import annotations


class Line:
    """One line. Two lines are never equal, which makes it a position that a committer can track."""

    __slots__ = ("attempts", "data", "end", "excess", "number", "offset")

    noun = "Line"
    """What messages call it."""

    def __init__(self, data: bytes, number: int, offset: int, end: int, excess: int = 0) -> None:
        """Note a line.

        Args:
            data: Its bytes, without the newline, cut to the longest that is allowed.
            number: Which line of the source it is, counted from 1.
            offset: Where it begins: bytes of text before it.
            end: Where the next one begins.
            excess: How many bytes were cut off.
        """
        self.data = data
        self.number = number
        self.offset = offset
        self.end = end
        self.excess = excess
        self.attempts = 0


class Splitter:
    """Cuts blocks into lines, and keeps what is not a whole line yet: never more than the longest allowed."""

    def __init__(self, longest: int, number: int = 0, offset: int = 0) -> None:
        """Begin at a place.

        Args:
            longest: Bytes of a line that are kept; the rest of it is only counted.
            number: How many lines come before that place.
            offset: How many bytes come before it.
        """
        self.longest = longest
        self.number = number
        self.offset = offset
        self._rest = b""
        self._excess = 0

    def split(self, block: bytes) -> list[Line]:
        """Return the lines that a block completes."""
        pieces = block.split(b"\n")
        pieces[0] = self._rest + pieces[0]
        rest = pieces.pop()
        lines = self._lines(pieces) if pieces else []
        self._keep(rest)
        return lines

    def skip(self, block: bytes) -> None:
        """Pass over the lines that a block completes."""
        newline = block.rfind(b"\n")
        if newline < 0:
            self._keep(self._rest + block)
            return
        self.number += block.count(b"\n")
        self.offset += len(self._rest) + self._excess + newline + 1
        self._excess = 0
        self._keep(block[newline + 1 :])

    def finish(self) -> list[Line]:
        """Return what is left as a line, if anything is: nothing comes after it."""
        if not self.unfinished:
            return []
        rest, self._rest = self._rest, b""
        (line,) = self._lines([rest], newline=0)
        return [line]

    @property
    def unfinished(self) -> int:
        """How many bytes of a line have come whose end has not."""
        return len(self._rest) + self._excess

    def mark(self) -> Line:
        """Return an empty line where the next one begins: the position to start from."""
        return Line(b"", self.number, self.offset, self.offset)

    def _lines(self, pieces: list[bytes], newline: int = 1) -> list[Line]:
        number, offset, excess, longest = self.number, self.offset, self._excess, self.longest
        lines = []
        for data in pieces:
            number += 1
            if excess or len(data) > longest:
                excess += max(0, len(data) - longest)
                data = data[:longest]  # noqa: PLW2901 - the usual line is not copied
            end = offset + len(data) + excess + newline
            lines.append(Line(data, number, offset, end, excess))
            offset = end
            excess = 0
        self.number, self.offset, self._excess = number, offset, 0
        return lines

    def _keep(self, rest: bytes) -> None:
        self._excess += max(0, len(rest) - self.longest)
        self._rest = rest[: self.longest]
