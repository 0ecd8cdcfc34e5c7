"""Gzip: expands a stream of members (RFC 1952) piece by piece, in bounded memory."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["MAGIC", "PIECE", "GzipExpander", "gzip_compressor"]

MAGIC = b"\x1f\x8b\x08"
"""The first bytes of a gzip stream (section 2.3.1)."""

PIECE = 1 << 16
"""The largest piece that is expanded at a time, in bytes: few compressed bytes may expand to many."""

_WITH_HEADER = 31
"""The argument with which zlib uses gzip's header and trailer, and the largest window."""


class GzipExpander:
    """Expands a gzip stream, however it is cut into pieces. Zeros between members are ignored as padding.

    Args:
        piece: The largest piece that it yields, in bytes.
    """

    def __init__(self, piece: int = PIECE) -> None:
        self._piece = piece
        self._member: zlib._Decompress | None = None

    @property
    def complete(self) -> bool:
        """Whether the stream may end here: after a member, or before the first one."""
        return self._member is None

    def expand(self, data: bytes) -> Iterator[bytes]:
        """Yield the expanded bytes, in pieces.

        Raises:
            zlib.error: The data is damaged or not gzip. The bytes before the damage were yielded.
        """
        while True:
            if self._member is None:
                data = data.lstrip(b"\0")
                if not data:
                    return
                self._member = zlib.decompressobj(_WITH_HEADER)
            member = self._member
            before = member.copy()
            try:
                text = member.decompress(data, self._piece)
            except zlib.error:
                yield from _expand_bytewise(before, data)
                raise
            if text:
                yield text
            if member.eof:
                self._member = None
                data = member.unused_data
            else:
                data = member.unconsumed_tail
                if not data and len(text) < self._piece:
                    return


def gzip_compressor(level: int = 6) -> zlib._Compress:
    """Return a compressor that writes one gzip member.

    Args:
        level: From 1 (fast) to 9 (small); 0 does not compress.
    """
    return zlib.compressobj(level, zlib.DEFLATED, _WITH_HEADER)


def _expand_bytewise(member: zlib._Decompress, data: bytes) -> Iterator[bytes]:
    """Yield the bytes before the damage. zlib discards them if it gets all data in one call."""
    for at in range(len(data)):
        try:
            text = member.decompress(data[at : at + 1], PIECE)
            while text:
                yield text
                text = member.decompress(member.unconsumed_tail, PIECE)
        except zlib.error:
            return
