"""LineDecoder: makes a text of each line, and knows where each line begins and ends."""

from __future__ import annotations

from itertools import count
from typing import Protocol

from wishbone.codec import BadFrame, Decoder
from wishbone.codecs.encoding import Encoding
from wishbone.error import InvalidData
from wishbone_input_file.newline import Newline

MARK = "\ufeff"
"""The byte order mark, as text."""


class LongLine(BadFrame):
    """A line longer than `max_line`, cut."""

    __slots__ = ("text",)

    def __init__(self, text: str, kept: int, size: int) -> None:
        """Describe the line.

        Args:
            text: Its first bytes, decoded.
            kept: How many bytes that were.
            size: Its size in bytes.
        """
        super().__init__(
            b"", InvalidData(f"is {size} bytes long and was cut to {kept}: raise 'max_line'."), truncated=True
        )
        self.text = text


class Repairs(Protocol):
    """Gets what a decoder changed."""

    def replaced(self, line: int, error: UnicodeError) -> object:
        """Take the number of a line in which bytes were replaced, and the error."""

    def skipped(self, offset: int, count: int) -> object:
        """Take the offset of NUL bytes that were skipped, and how many they were."""


class LineDecoder(Decoder):
    r"""Makes a text of each line, without the `\n` or `\r\n` at its end.

    Bytes that are not in the encoding are replaced. It keeps at most `max_line` bytes of an unfinished line.
    NUL bytes at both ends of a line are dropped. A longer run of them ends a line and is skipped: a crash
    leaves them, and a writer that continues at its old offset in a truncated file.
    """

    def __init__(  # noqa: PLR0917 - where a stream is continued takes as many
        self,
        encoding: str,
        max_line: int,
        repairs: Repairs,
        number: int = 0,
        offset: int = 0,
        head: bytes = b"",
        before: bytes = b"",
    ) -> None:
        """Start in a stream.

        Args:
            encoding: The encoding, by a name that Python has.
            max_line: Most bytes of a line that are kept; the rest is only counted.
            repairs: Gets what was changed.
            number: Lines before that point.
            offset: Bytes before that point.
            head: The first bytes of the stream, if it does not start there: they may be a byte order mark.
            before: The last bytes before that point.
        """
        self.number = number
        """Lines before the unfinished one."""
        self.offset = offset
        """Bytes before the unfinished line."""
        self.first = number + 1
        """The number of the first line that was returned last."""
        self.begin = offset
        """The offset at which it begins."""
        self.ends: list[int] = []
        """The offsets at which the lines that were returned last end, with what was skipped after them."""
        self.places: list[tuple[int, int]] | None = None
        """The numbers and offsets of these lines; None if each begins at the end of the one before."""
        self._known = Encoding(encoding)
        self._newline = Newline(self._known, head)
        self._max_line = max(self._known.unit, max_line - max_line % self._known.unit)
        self._repairs = repairs
        self._awaits_mark = offset == 0 and self._known.name in {"utf-16", "utf-32"}
        # Whether the beginning of the unfinished line was returned already.
        self._continues = number > 0 and not before.endswith(self._newline.code) and bool(before)
        self._drops_empty = self._continues
        self._rest = b""
        self._held = b""
        self._dirty = False
        self._excess = 0

    @property
    def unfinished(self) -> int:
        """Bytes of a line whose end has not come yet."""
        return len(self._rest) + self._excess + len(self._held)

    @property
    def unfinished_text(self) -> str:
        """What is kept of that line."""
        return (self._rest + self._held).decode(self._newline.encoding, "replace")

    def decode(self, data: bytes) -> list[str | BadFrame]:
        """Return the lines that the bytes complete."""
        data = self._take(data)
        self.places = None
        if self._dirty or self._newline.has_nuls(data):
            return self._decode_around_nuls(data)
        return self._decode(data)

    def flush(self) -> list[str | BadFrame]:
        """Return an unfinished line, if there is one."""
        self._keep(self._rest + self._held)
        self._held = b""
        return self._end_line()

    def flush_complete(self) -> list[str | BadFrame]:
        """Return an unfinished line up to its last complete character; its rest may still come."""
        if self._excess:
            return self._end_line()
        whole = self._newline.complete(self._rest)
        self._held, self._rest = self._rest[whole:] + self._held, self._rest[:whole]
        return self._end_line()

    def skip(self, data: bytes) -> None:
        """Skip the lines that the bytes complete; faster than decoding them."""
        data = self._take(data)
        *lines, rest = self._newline.split(data)
        if lines:
            self.number += len(lines) - self._continues
            self.offset += len(self._rest) + self._excess + len(data) - len(rest)
            self._rest, self._excess = b"", 0
            self._continues = self._drops_empty = False
        self._keep(self._rest + rest)

    def _take(self, data: bytes) -> bytes:
        """Return the bytes that can be split; hold back incomplete units and marks."""
        data = self._held + data
        if self._awaits_mark:
            if self._known.undecided(data):
                self._held = data
                return b""
            self._newline = Newline(self._known, data)
            self._awaits_mark = False
        if self._drops_empty and not self._rest and data.startswith(b"\0"):
            nuls = self._newline.leading_nuls(data)
            self._skip_nuls(nuls)
            data = data[nuls:]
        whole = self._newline.whole(data)
        self._held = data[whole:]
        return data[:whole]

    def _decode(self, data: bytes, *, strip: bool = False) -> list[str | BadFrame]:
        pieces = self._newline.split(data)
        pieces[0] = self._rest + pieces[0]
        rest = pieces.pop()
        lines = self._lines(pieces, len(self._newline.code), strip=strip)
        self._keep(rest)
        return lines

    def _decode_around_nuls(self, data: bytes) -> list[str | BadFrame]:
        lines: list[str | BadFrame] = []
        places: list[tuple[int, int]] = []
        ends: list[int] = []

        def add(found: list[str | BadFrame]) -> None:
            lines.extend(found)
            places.extend(zip(count(self.first), [self.begin, *self.ends][: len(found)], strict=False))
            ends.extend(self.ends)

        at = 0
        for start, end in self._newline.nuls(data):
            add(self._decode(data[at:start], strip=True))
            add(self._end_line())
            self._skip_nuls(end - start)
            if ends:
                ends[-1] = self.offset
            at = end
        add(self._decode(data[at:], strip=True))
        self.places, self.ends = places, ends
        return lines

    def _skip_nuls(self, size: int) -> None:
        self._repairs.skipped(self.offset, size)
        self.offset += size
        self._drops_empty = True

    def _end_line(self) -> list[str | BadFrame]:
        """Return the line that has begun. What follows before the next newline is a text of its own."""
        self.ends, self.places = [], None
        begun, self._rest = self._rest, b""
        if not begun:
            return []
        if not self.offset and begun.decode(self._newline.encoding, "replace") == MARK:
            self.offset += len(begun)
            return []
        if not self._excess and not self._newline.strip(begun):
            self._skip_nuls(len(begun))
            return []
        lines = self._lines([begun], 0, strip=True)
        self._continues = self._drops_empty = True
        return lines

    def _lines(self, pieces: list[bytes], newline: int, *, strip: bool) -> list[str | BadFrame]:
        self.ends = ends = []
        if not pieces:
            return []
        self.begin, self.first = self.offset, self.number + 1 - self._continues
        self.number = self.first + len(pieces) - 1
        end = self.offset + self._excess
        for piece in pieces:
            end += len(piece) + newline
            ends.append(end)
        if self._drops_empty and not self._excess and self._newline.is_empty(pieces[0]):
            del pieces[0]
            self.begin = ends.pop(0)
            self.first += 1
        if strip:
            pieces = [self._strip(piece) for piece in pieces]
        lines = self._texts(pieces) if pieces else []
        self.offset, self._excess = end, 0
        self._continues = self._drops_empty = False
        return lines

    def _strip(self, line: bytes) -> bytes:
        stripped = self._newline.strip(line)
        if len(stripped) < len(line):
            self._repairs.skipped(self.offset, len(line) - len(stripped))
        return stripped

    def _texts(self, pieces: list[bytes]) -> list[str | BadFrame]:
        encoding = self._newline.encoding
        try:
            if self._excess or max(map(len, pieces)) > self._max_line:
                lines = self._cut(pieces)
            else:
                # Usually all lines are good: then none costs a call.
                lines = [str(piece, encoding).removesuffix("\r") for piece in pieces]
        except UnicodeError:
            lines = [self._text(piece, number) for number, piece in enumerate(pieces, self.first)]
        if not self.begin:
            _remove_mark(lines)
        return lines

    def _cut(self, pieces: list[bytes]) -> list[str | BadFrame]:
        lines: list[str | BadFrame] = []
        for number, piece in enumerate(pieces, self.first):
            length = len(piece) if lines else len(piece) + self._excess
            text = self._text(piece[: self._max_line], number)
            lines.append(text if length <= self._max_line else LongLine(text, self._max_line, length))
        return lines

    def _text(self, line: bytes, number: int) -> str:
        try:
            text = line.decode(self._newline.encoding)
        except UnicodeError as error:
            self._repairs.replaced(number, error)
            text = line.decode(self._newline.encoding, "replace")
        return text.removesuffix("\r")

    def _keep(self, rest: bytes) -> None:
        self._excess += max(0, len(rest) - self._max_line)
        self._rest = rest[: self._max_line]
        self._dirty = self._newline.has_nuls(self._rest)


def _remove_mark(lines: list[str | BadFrame]) -> None:
    """Remove a byte order mark from the first line of a stream."""
    first = lines[0]
    if isinstance(first, LongLine):
        first.text = first.text.removeprefix(MARK)
    elif isinstance(first, str):
        lines[0] = first.removeprefix(MARK)
