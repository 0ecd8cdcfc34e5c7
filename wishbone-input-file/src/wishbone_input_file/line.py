"""LineDecoder: makes a text of each line, and knows where each line ends."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wishbone.codec import BadFrame, Decoder
from wishbone.error import ConfigError, InvalidData

if TYPE_CHECKING:
    from collections.abc import Callable


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


class LineDecoder(Decoder):
    r"""Makes a text of each line, without the `\n` or `\r\n` at its end.

    Bytes that are not in the encoding are replaced. It keeps at most `max_line` bytes of an unfinished line.
    """

    def __init__(
        self,
        encoding: str,
        max_line: int,
        replaced: Callable[[int, UnicodeError], object],
        number: int = 0,
        offset: int = 0,
    ) -> None:
        """Start in a stream, where a line begins.

        Args:
            encoding: Has the newline of ASCII; see `check_encoding`.
            max_line: Most bytes of a line that are kept; the rest is only counted.
            replaced: Called with the number of a line whose bytes are not in the encoding, and the error.
            number: Lines before that point.
            offset: Bytes before that point.
        """
        self.ends: list[int] = []
        """The offsets at which the lines that were returned last end."""
        self.number = number
        self.offset = offset
        self._encoding = encoding
        self._max_line = max_line
        self._replaced = replaced
        self._rest = b""
        self._excess = 0

    @property
    def unfinished(self) -> int:
        """Bytes of a line whose end has not come yet."""
        return len(self._rest) + self._excess

    def decode(self, data: bytes) -> list[str | BadFrame]:
        """Return the lines that the bytes complete."""
        pieces = data.split(b"\n")
        pieces[0] = self._rest + pieces[0]
        rest = pieces.pop()
        lines = self._lines(pieces)
        self._keep(rest)
        return lines

    def flush(self) -> list[str | BadFrame]:
        """Return an unfinished line, if there is one."""
        left = [self._rest] if self.unfinished else []
        self._rest = b""
        return self._lines(left, newline=0)

    def skip(self, data: bytes) -> None:
        """Skip the lines that the bytes complete; faster than decoding them."""
        newline = data.rfind(b"\n")
        if newline < 0:
            self._keep(self._rest + data)
            return
        self.number += data.count(b"\n")
        self.offset += self.unfinished + newline + 1
        self._excess = 0
        self._keep(data[newline + 1 :])

    def _lines(self, pieces: list[bytes], newline: int = 1) -> list[str | BadFrame]:
        self.ends = ends = []
        if not pieces:
            return []
        encoding, max_line = self._encoding, self._max_line
        end = self.offset + self._excess
        for piece in pieces:
            end += len(piece) + newline
            ends.append(end)
        try:
            if self._excess or max(map(len, pieces)) > max_line:
                lines = self._cut(pieces)
            else:
                # Usually all lines are good: then none costs a call.
                lines = [str(piece, encoding).removesuffix("\r") for piece in pieces]
        except UnicodeError:
            lines = [self._text(piece, self.number + at) for at, piece in enumerate(pieces, 1)]
        self.number += len(pieces)
        self.offset, self._excess = end, 0
        return lines

    def _cut(self, pieces: list[bytes]) -> list[str | BadFrame]:
        lines: list[str | BadFrame] = []
        for number, piece in enumerate(pieces, self.number + 1):
            size = len(piece) + (0 if lines else self._excess)
            text = self._text(piece[: self._max_line], number)
            lines.append(text if size <= self._max_line else LongLine(text, self._max_line, size))
        return lines

    def _text(self, line: bytes, number: int) -> str:
        try:
            text = line.decode(self._encoding)
        except UnicodeError as error:
            self._replaced(number, error)
            text = line.decode(self._encoding, "replace")
        return text.removesuffix("\r")

    def _keep(self, rest: bytes) -> None:
        self._excess += max(0, len(rest) - self._max_line)
        self._rest = rest[: self._max_line]


def check_encoding(encoding: str) -> None:
    """Refuse what lines cannot be read as.

    Raises:
        ConfigError: Python has no such encoding, or its newline is not the byte 10.
    """
    try:
        usable = "\n".encode(encoding) == b"\n" and b"\xff\n".decode(encoding, "replace").endswith("\n")
    except (LookupError, ValueError):
        usable = False
    if not usable:
        message = (
            f"Lines cannot be read as {encoding!r}: give an 'encoding' that Python knows and that has the"
            " newline of ASCII, such as utf-8 or latin-1."
        )
        raise ConfigError(message)
