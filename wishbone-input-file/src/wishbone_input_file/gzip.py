"""Gzip: reads a compressed file block by block, in bounded memory (RFC 1952)."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

MAGIC = b"\x1f\x8b\x08"
"""What a compressed file begins with (RFC 1952, section 2.3.1)."""

LARGEST = 1 << 18
"""Bytes of text that are handed out at a time, however little of the file they were made of."""

_WITH_HEADER = 31


class Gzip:
    """Decompresses members that follow each other, and the zeros that pad them."""

    def __init__(self) -> None:
        """Begin at the beginning of a file."""
        self._member: zlib._Decompress | None = None

    def decode(self, block: bytes) -> Iterator[bytes]:
        """Hand out the text that a block holds, piece by piece.

        Raises:
            zlib.error: The block is damaged, or no gzip.
        """
        while True:
            if self._member is None:
                block = block.lstrip(b"\0")
                if not block:
                    return
                self._member = zlib.decompressobj(_WITH_HEADER)
            member = self._member
            text = member.decompress(block, LARGEST)
            if text:
                yield text
            if member.eof:
                self._member = None
                block = member.unused_data
            else:
                block = member.unconsumed_tail
                if not block and len(text) < LARGEST:
                    return

    @property
    def complete(self) -> bool:
        """Whether it stands between two members, where a file may end."""
        return self._member is None
