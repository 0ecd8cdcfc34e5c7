"""Splitter: splits a stream of bytes into frames at a delimiter, in bounded memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wishbone.codec import BadFrame
from wishbone.error import InvalidData

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Splitter", "too_long"]


class Splitter:
    """Splits bytes into frames, however the stream is cut into pieces.

    It keeps no more bytes than the longest frame has. As soon as a frame is longer than that, it becomes
    a `BadFrame`, and the rest of it is skipped. Each byte is read a fixed number of times, even if the
    stream comes byte by byte.

    Args:
        delimiter: The bytes that end a frame. If it is empty, the whole stream is one frame.
        max_size: Bytes of the longest frame.
        unit: Bytes of a code unit. A delimiter begins only at a multiple of it.
    """

    __slots__ = ("_delimiter", "_find", "_overlap", "_rest", "_skipping", "_split", "_unit", "max_size")

    def __init__(self, delimiter: bytes, max_size: int, unit: int = 1) -> None:
        self.max_size = max_size
        self._delimiter = delimiter
        self._unit = unit
        self._overlap = max(0, len(delimiter) - 1)
        self._rest = bytearray()
        self._skipping = False
        self._find: Callable[[bytearray, int], int]
        self._split: Callable[[bytes], list[bytes]]
        if not delimiter:
            self._find, self._split = _find_nothing, _leave_whole
        elif unit > 1:
            self._find, self._split = self._find_aligned, self._split_aligned
        else:
            self._find, self._split = self._find_any, self._split_anywhere

    def split(self, data: bytes) -> list[bytes | BadFrame]:
        """Return the frames that the bytes complete, in order, without their delimiters."""
        rest = self._rest
        if rest:
            start = max(0, len(rest) - self._overlap)
            rest += data
            if self._find(rest, start) < 0:
                return self._keep(rest)
            data = bytes(rest)
        pieces = self._split(data)
        self._rest = rest = bytearray(pieces.pop())
        if pieces and self._skipping:
            del pieces[0]
            self._skipping = False
        frames: list[bytes | BadFrame] = (
            [*pieces] if len(data) <= self.max_size else [self._checked(piece) for piece in pieces]
        )
        frames += self._keep(rest)
        return frames

    def finish(self) -> list[bytes | BadFrame]:
        """Return the rest as a frame, if there is any: the stream has ended."""
        rest, self._rest = bytes(self._rest), bytearray()
        if self._skipping or not rest:
            self._skipping = False
            return []
        return [self._checked(rest)]

    def _checked(self, frame: bytes) -> bytes | BadFrame:
        return frame if len(frame) <= self.max_size else too_long(frame, self.max_size)

    def _keep(self, rest: bytearray) -> list[bytes | BadFrame]:
        """Keep the start of a frame. Of a frame that is too long, keep only what may begin its delimiter."""
        if not self._skipping:
            if len(rest) <= self.max_size + self._overlap:
                return []
            self._skipping = True
            bad: list[bytes | BadFrame] = [too_long(rest, self.max_size)]
        else:
            bad = []
        del rest[: max(0, len(rest) - self._overlap) // self._unit * self._unit]
        return bad

    def _find_any(self, data: bytearray, start: int) -> int:
        return data.find(self._delimiter, start)

    def _split_anywhere(self, data: bytes) -> list[bytes]:
        return data.split(self._delimiter)

    def _find_aligned(self, data: bytes | bytearray, start: int) -> int:
        at = data.find(self._delimiter, start)
        while at % self._unit and at > 0:
            at = data.find(self._delimiter, at + 1)
        return at

    def _split_aligned(self, data: bytes) -> list[bytes]:
        frames = []
        start = 0
        while (end := self._find_aligned(data, start)) >= 0:
            frames.append(data[start:end])
            start = end + len(self._delimiter)
        return [*frames, data[start:]]


def too_long(frame: bytes | bytearray, max_size: int) -> BadFrame:
    """Return the `BadFrame` for a frame that is too long.

    Args:
        frame: The frame, or its beginning.
        max_size: Bytes of the longest frame.
    """
    message = (
        f"A frame is longer than the {max_size} bytes of 'max_size', and is skipped. Raise 'max_size', or"
        " check that the sender ends its frames as this codec expects."
    )
    return BadFrame(bytes(frame[:max_size]), InvalidData(message), truncated=True)


def _find_nothing(_data: bytearray, _start: int) -> int:
    return -1


def _leave_whole(data: bytes) -> list[bytes]:
    return [data]
