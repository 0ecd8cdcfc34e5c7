"""BlockSplitter: cuts a zstd stream at the ends of its blocks (RFC 8878, section 3.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wishbone_codec_compression.wrapper import DamagedError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["BlockSplitter"]

FRAME = 0xFD2FB528
"""The magic number of a frame (section 3.1.1)."""

SKIPPABLE = range(0x184D2A50, 0x184D2A60)
"""The magic numbers of a skippable frame (section 3.1.2)."""

_RLE, _RESERVED = 1, 3
"""Block types: RLE takes one byte whatever its size says, one is reserved (section 3.1.1.2.2)."""

_DICTIONARY_SIZES = (0, 1, 2, 4)
_CONTENT_SIZES = (0, 2, 4, 8)
"""Sizes in bytes of two fields of a frame header, by their flags (section 3.1.1.1.1)."""


class BlockSplitter:
    """Cuts bytes at the end of each header, block and checksum, wherever they were cut before.

    It yields bytes as they come, except for a frame's magic number, which is held until it is complete.
    Skippable frames are left out.
    """

    def __init__(self) -> None:
        """Start a stream."""
        self._last_block = self._checksum = False
        self._tail = b""
        self._expect(4, self._read_magic, passed=False)

    @property
    def complete(self) -> bool:
        """Whether the stream may end here: between two frames."""
        return self._read == self._read_magic and not self._tail

    def split(self, data: bytes) -> Iterator[bytes]:
        """Yield the bytes, at most one part at a time.

        Raises:
            DamagedError: The bytes are not zstd.
        """
        at = 0
        while at < len(data):
            piece = data[at : at + self._missing]
            at += len(piece)
            self._missing -= len(piece)
            self._tail = (self._tail + piece[-4:])[-4:]
            if self._passed:
                yield piece
            while not self._missing:
                tail, self._tail = self._tail, b""
                yield from self._read(tail)

    def _expect(self, size: int, read: Callable[[bytes], Iterator[bytes]], *, passed: bool = True) -> None:
        """Set what the next part is.

        Args:
            size: Its size in bytes.
            read: Called with its last four bytes when it is complete; yields bytes to pass on then.
            passed: Whether its bytes are yielded as they come.
        """
        self._missing = size
        self._read = read
        self._passed = passed

    def _read_magic(self, tail: bytes) -> Iterator[bytes]:
        magic = int.from_bytes(tail, "little")
        if magic == FRAME:
            self._expect(1, self._read_descriptor)
            yield tail
        elif magic in SKIPPABLE:
            self._expect(4, self._read_skippable_size, passed=False)
        else:
            message = "no zstd frame begins here"
            raise DamagedError(message)

    def _read_skippable_size(self, tail: bytes) -> Iterator[bytes]:
        self._expect(int.from_bytes(tail, "little"), self._end_frame, passed=False)
        yield from ()

    def _read_descriptor(self, tail: bytes) -> Iterator[bytes]:
        descriptor = tail[0]
        content, single, self._checksum = descriptor >> 6, bool(descriptor & 0x20), bool(descriptor & 4)
        # A single segment has a content size even with a zero flag, and no window descriptor.
        size = (_CONTENT_SIZES[content] or int(single)) + int(not single) + _DICTIONARY_SIZES[descriptor & 3]
        self._expect(size, self._end_header)
        yield from ()

    def _end_header(self, _: bytes) -> Iterator[bytes]:
        self._expect(3, self._read_block_header)
        yield from ()

    def _read_block_header(self, tail: bytes) -> Iterator[bytes]:
        header = int.from_bytes(tail, "little")
        kind, size = header >> 1 & 3, header >> 3
        if kind == _RESERVED:
            message = "a block has the reserved type"
            raise DamagedError(message)
        self._last_block = bool(header & 1)
        self._expect(1 if kind == _RLE else size, self._end_block)
        yield from ()

    def _end_block(self, _: bytes) -> Iterator[bytes]:
        if self._last_block and self._checksum:
            self._expect(4, self._end_frame)
        elif self._last_block:
            yield from self._end_frame(b"")
        else:
            yield from self._end_header(b"")

    def _end_frame(self, _: bytes) -> Iterator[bytes]:
        self._expect(4, self._read_magic, passed=False)
        yield from ()
