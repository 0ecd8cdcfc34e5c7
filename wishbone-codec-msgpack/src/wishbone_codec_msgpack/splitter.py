"""ObjectSplitter: cuts a stream at the end of each MessagePack object, in bounded memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wishbone.codec import BadFrame
from wishbone.codecs.splitter import too_long
from wishbone.error import InvalidData

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["ObjectSplitter"]

INVALID = b"\xc1"
"""The only byte that cannot begin an object."""


def _sizes() -> list[int]:
    """Return the size of an element by its first byte; 0 if a length follows."""
    fixed = [1 + n for n in range(32)]
    numbers = [5, 9, 2, 3, 5, 9, 2, 3, 5, 9]
    extensions = [3, 4, 6, 10, 18]
    lengths = [0] * 6
    return [*[1] * 160, *fixed, 1, 0, 1, 1, *lengths, *numbers, *extensions, *[0] * 7, *[1] * 32]


_SIZES = _sizes()
_PARTS = [0] * 128 + [2 * n for n in range(16)] + list(range(16)) + [0] * 96
"""The number of elements in an element, by its first byte."""

# By the first byte: bytes of the length, bytes between length and content, elements per unit of length.
_LENGTHS = {
    0xC4: (1, 0, 0),
    0xC5: (2, 0, 0),
    0xC6: (4, 0, 0),  # binary
    0xC7: (1, 1, 0),
    0xC8: (2, 1, 0),
    0xC9: (4, 1, 0),  # extensions, which have a type
    0xD9: (1, 0, 0),
    0xDA: (2, 0, 0),
    0xDB: (4, 0, 0),  # texts
    0xDC: (2, 0, 1),
    0xDD: (4, 0, 1),  # arrays
    0xDE: (2, 0, 2),
    0xDF: (4, 0, 2),  # mappings
}


class ObjectSplitter:
    """Cuts bytes into objects, wherever they were cut before.

    It skips elements by their lengths and counts those that are missing (see
    https://github.com/msgpack/msgpack/blob/master/spec.md). It visits each element once.
    """

    def __init__(self, max_size: int) -> None:
        """Start a stream; `max_size` is the longest object in bytes."""
        self.max_size = max_size
        self._buffer = bytearray()
        self._at = 0  # the offset of the next element, which may not have come yet
        self._missing = 1  # how many elements the object still needs
        self._skipping = False
        self.desynchronized = False

    def split(self, data: bytes) -> Iterator[bytearray | BadFrame]:
        """Yield the objects that the bytes complete, in order."""
        if self.desynchronized:
            return
        self._buffer += data
        while self._pass_object():
            end, self._missing = self._at, 1
            found = self._cut(end)
            if self._skipping:
                self._skipping = False
            else:
                yield found if end <= self.max_size else too_long(found, self.max_size)
        yield from self._keep()

    def finish(self) -> Iterator[BadFrame]:
        """Yield a `BadFrame` for an object whose end is missing."""
        if self._buffer and not self._skipping:
            message = "The stream ends in the middle of a MessagePack object. Send it again."
            yield BadFrame(bytes(self._buffer), InvalidData(message))

    def _keep(self) -> Iterator[BadFrame]:
        """Keep an incomplete object; nothing of one that is too long."""
        passed = min(self._at, len(self._buffer))
        if self._buffer.startswith(INVALID, passed):
            yield from self._give_up(passed + 1)
        elif self._skipping:
            self._cut(passed)
        elif len(self._buffer) > self.max_size:
            self._skipping = True
            yield too_long(self._buffer, self.max_size)
            self._cut(passed)

    def _give_up(self, end: int) -> Iterator[BadFrame]:
        """Stop reading: after an invalid byte, the next object cannot be found."""
        begun = self._cut(end)
        self.desynchronized = True
        self._buffer.clear()
        if end > self.max_size and not self._skipping:
            yield too_long(begun, self.max_size)
        elif not self._skipping:
            message = (
                "The byte 0xC1 cannot begin a MessagePack object; the rest is not read. Correct the sender."
            )
            yield BadFrame(bytes(begun), InvalidData(message))

    def _pass_object(self) -> bool:
        """Skip the elements of an object that have come, and return whether it is complete."""
        buffer, at, missing = self._buffer, self._at, self._missing
        size = len(buffer)
        while missing and at < size:
            first = buffer[at]
            step = _SIZES[first]
            if step:
                at += step
                missing += _PARTS[first] - 1
            elif first not in _LENGTHS:
                break
            else:
                length, between, parts = _LENGTHS[first]
                content = at + 1 + length
                if content > size:
                    break
                count = int.from_bytes(buffer[at + 1 : content])
                at = content if parts else content + between + count
                missing += count * parts - 1
        self._at, self._missing = at, missing
        return not missing and at <= size

    def _cut(self, end: int) -> bytearray:
        """Remove the beginning of the buffer, and return it."""
        found = self._buffer[:end]
        del self._buffer[:end]
        self._at -= end
        return found
