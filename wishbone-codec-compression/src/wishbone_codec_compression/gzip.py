"""Gzip: a decoder and an encoder around another codec (RFC 1952)."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Annotated, Any

from msgspec import Meta

from wishbone.arguments import DecoderFactory, EncoderFactory
from wishbone.codecs.gzip import GzipExpander, gzip_compressor
from wishbone_codec_compression.wrapper import CompressingEncoder, DamagedError, ExpandingDecoder

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["GzipDecoder", "GzipEncoder"]


class GzipDecoder(ExpandingDecoder):
    """Expands gzip, and gives the result to another decoder.

    Members that follow each other are one stream; zeros between them are skipped.

        modules:
          input:
            module: wishbone.input.file
            arguments: {path: /var/spool/events.gz, decoder: {gzip: {decoder: json, max_expanded: 10000000}}}
          stdout:
            module: wishbone.output.stdout
        routingtable:
          - input.outbox -> stdout.inbox

    A stream that is damaged, ends too early, or expands to more than `max_expanded` is an error. All values
    before the error are delivered; the rest of the stream is not read. Gzip checks a member at its end, so
    some damage is found late.

    Args:
        decoder: Decodes the expanded bytes: a codec's name, or its name with arguments.
        max_expanded: Most bytes that a stream may expand to; null means no limit, for senders that you trust
            and for streams that never end.
    """

    def __init__(
        self,
        decoder: DecoderFactory = DecoderFactory("plain"),  # noqa: B008 - immutable
        max_expanded: Annotated[int, Meta(ge=1)] | None = 1 << 30,
    ) -> None:
        """Start a stream."""
        super().__init__(decoder(), max_expanded)
        self._expander = GzipExpander()

    @property
    def complete(self) -> bool:
        """Whether the stream may end here: between two members."""
        return self._expander.complete

    def expand(self, data: bytes) -> Iterator[bytes]:
        """Yield what the bytes expand to, in pieces.

        Raises:
            DamagedError: The bytes are damaged or not gzip.
        """
        try:
            yield from self._expander.expand(data)
        except zlib.error as error:
            raise DamagedError(str(error)) from error


class GzipEncoder(CompressingEncoder):
    """Compresses the output of another encoder with gzip.

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
        encoder: Encodes the bytes to compress: a codec's name, or its name with arguments.
        level: From 1 (fast) to 9 (small); 0 does not compress.
        sync: Whether a reader can decode each value as soon as it is written. Without it, values are
            compressed together: small values become much smaller, but an interrupted stream loses the last.
    """

    def __init__(
        self,
        encoder: EncoderFactory = EncoderFactory("json"),  # noqa: B008 - immutable
        level: Annotated[int, Meta(ge=0, le=9)] = 6,
        sync: bool = True,
    ) -> None:
        """Start a stream."""
        super().__init__(encoder(), "gzip")
        self._member = gzip_compressor(level)
        self._sync = sync

    def encode(self, value: Any) -> bytes:
        """Return a value compressed; without `sync`, the bytes that are ready, often none.

        Raises:
            InvalidData: The other encoder cannot encode the value.
        """
        data = self._member.compress(self._encoder.encode(value))
        return data + self._member.flush(zlib.Z_SYNC_FLUSH) if self._sync else data

    def expand(self, beginning: bytes) -> bytes:
        """Return the beginning of what a gzip stream expands to."""
        try:
            return next(GzipExpander().expand(beginning), b"")
        except zlib.error:
            return b""

    def flush(self) -> bytes:
        """Return the end of the member."""
        return self._member.compress(self._encoder.flush()) + self._member.flush(zlib.Z_FINISH)
