"""Gzip: members one after the other (RFC 1952)."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Annotated, Any

from msgspec import Meta

from wishbone.arguments import DecoderFactory, EncoderFactory
from wishbone_codec_compression.wrapper import PIECE, CompressingEncoder, DamagedError, ExpandingDecoder

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["GzipDecoder", "GzipEncoder"]

_WITH_HEADER = 31
"""What tells zlib of gzip's header and trailer, with the largest window."""


class GzipDecoder(ExpandingDecoder):
    """Expands gzip, and hands what it was to another decoder.

    Members that follow each other are one stream, and zeros between them are passed over.

        modules:
          input:
            module: wishbone.input.file
            arguments: {path: /var/spool/events.gz, decoder: {gzip: {decoder: json, max_expanded: 10000000}}}
          stdout:
            module: wishbone.output.stdout
        routingtable:
          - input.outbox -> stdout.inbox

    When the stream is damaged or expands to more than is allowed, an error comes in that place, and the rest
    of the stream is not read: nobody can tell what it would have been. A stream that ends too early is an
    error too. All values before it are delivered; what gzip can tell of a damage it may tell
    late, at the end of a member.

    Args:
        decoder: What reads the expanded bytes: a codec's name, or its name with arguments.
        max_expanded: Bytes that a stream may expand to; null for as many as there are, which is for
            senders that you trust and for streams that never end.
    """

    def __init__(
        self,
        decoder: DecoderFactory = DecoderFactory("plain"),  # noqa: B008 - nothing changes it
        max_expanded: Annotated[int, Meta(ge=1)] | None = 1 << 30,
    ) -> None:
        """Begin at the beginning of a stream."""
        super().__init__(decoder(), max_expanded)
        self._member: zlib._Decompress | None = None

    @property
    def complete(self) -> bool:
        """Whether the stream stands between two members."""
        return self._member is None

    def expand(self, data: bytes) -> Iterator[bytes]:
        """Hand out what the bytes expand to, in pieces.

        Raises:
            DamagedError: They are damaged, or no gzip.
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
                text = member.decompress(data, PIECE)
            except zlib.error:
                yield from _expand_slowly(before, data)
                return
            if text:
                yield text
            if member.eof:
                self._member = None
                data = member.unused_data
            else:
                data = member.unconsumed_tail
                if not data and len(text) < PIECE:
                    return


def _expand_slowly(member: zlib._Decompress, data: bytes) -> Iterator[bytes]:
    """Hand out what stands before a damage, which zlib keeps to itself when it gets all at once.

    Raises:
        DamagedError: Always.
    """
    try:
        for at in range(len(data)):
            text = member.decompress(data[at : at + 1], PIECE)
            while text:
                yield text
                text = member.decompress(member.unconsumed_tail, PIECE)
    except zlib.error as error:
        raise DamagedError(str(error)) from error


class GzipEncoder(CompressingEncoder):
    """Compresses what another encoder writes.

        modules:
          input:
            module: wishbone.input.generator
            arguments: {payload: {user: ada}, count: 3}
          stdout:
            module: wishbone.output.stdout
            arguments: {encoder: {gzip: {encoder: json, level: 9}}}
        routingtable:
          - input.outbox -> stdout.inbox

    Args:
        encoder: What writes the bytes to compress: a codec's name, or its name with arguments.
        level: From 1 (fast) to 9 (small); 0 does not compress.
        sync: Whether a reader can have each value at once. Without it, values are compressed together, which
            makes small ones much smaller, and what was written last is lost when the stream is broken off.
    """

    def __init__(
        self,
        encoder: EncoderFactory = EncoderFactory("json"),  # noqa: B008 - nothing changes it
        level: Annotated[int, Meta(ge=0, le=9)] = 6,
        sync: bool = True,
    ) -> None:
        """Begin at the beginning of a stream."""
        super().__init__(encoder(), "gzip")
        self._member = zlib.compressobj(level, zlib.DEFLATED, _WITH_HEADER)
        self._sync = sync

    def encode(self, value: Any) -> bytes:
        """Return a value compressed; without `sync`, what has become ready by it.

        Raises:
            InvalidData: The other encoder has nothing for it.
        """
        data = self._member.compress(self._encoder.encode(value))
        return data + self._member.flush(zlib.Z_SYNC_FLUSH) if self._sync else data

    def flush(self) -> bytes:
        """Return the end of the member."""
        return self._member.compress(self._encoder.flush()) + self._member.flush(zlib.Z_FINISH)
