"""Zstd: a decoder and an encoder around another codec (RFC 8878)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from backports import zstd
from msgspec import Meta

from wishbone.arguments import DecoderFactory, EncoderFactory
from wishbone_codec_compression.block import BlockSplitter
from wishbone_codec_compression.wrapper import PIECE, CompressingEncoder, DamagedError, ExpandingDecoder

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["ZstdDecoder", "ZstdEncoder"]


class ZstdDecoder(ExpandingDecoder):
    """Expands zstd, and gives the result to another decoder.

    Frames that follow each other are one stream; skippable frames are skipped.

        modules:
          input:
            module: wishbone.input.file
            arguments: {path: /var/spool/events.zst, decoder: {zstd: {decoder: json, max_expanded: 10000000}}}
          stdout:
            module: wishbone.output.stdout
        routingtable:
          - input.outbox -> stdout.inbox

    A stream that is damaged, ends too early, or expands to more than `max_expanded` is an error. All values
    before the error are delivered; the rest of the stream is not read.

    Args:
        decoder: Decodes the expanded bytes: a codec's name, or its name with arguments.
        max_expanded: Most bytes that a stream may expand to; null means no limit, for senders that you trust
            and for streams that never end.
        max_window_log: Most memory that a stream may ask for, as a power of 2 in bytes. 23 (8 MiB) is the
            limit that RFC 8878 recommends, and enough for compression levels up to 19.
    """

    def __init__(
        self,
        decoder: DecoderFactory = DecoderFactory("plain"),  # noqa: B008 - immutable
        max_expanded: Annotated[int, Meta(ge=1)] | None = 1 << 30,
        max_window_log: Annotated[int, Meta(ge=10, le=31)] = 23,
    ) -> None:
        """Start a stream."""
        super().__init__(decoder(), max_expanded)
        self._options: dict[int, int] = {zstd.DecompressionParameter.window_log_max: max_window_log}
        self._blocks = BlockSplitter()
        self._frame: zstd.ZstdDecompressor | None = None

    @property
    def complete(self) -> bool:
        """Whether the stream may end here: between two frames."""
        return self._frame is None and self._blocks.complete

    def expand(self, data: bytes) -> Iterator[bytes]:
        """Yield what the bytes expand to, in pieces.

        Raises:
            DamagedError: The bytes are damaged or not zstd, or need more memory than is allowed.
        """
        # An error discards what the same call expanded, so no call gets more than one block.
        for part in self._blocks.split(data):
            yield from self._expand(part)

    def _expand(self, part: bytes) -> Iterator[bytes]:
        if self._frame is None:
            self._frame = zstd.ZstdDecompressor(options=self._options)
        try:
            text = self._frame.decompress(part, PIECE)
            while text:
                yield text
                text = b"" if self._frame.eof else self._frame.decompress(b"", PIECE)
        except zstd.ZstdError as error:
            raise DamagedError(str(error)) from error
        if self._frame.eof:
            self._frame = None


class ZstdEncoder(CompressingEncoder):
    """Compresses the output of another encoder with zstd.

        modules:
          input:
            module: wishbone.input.generator
            arguments: {payload: {user: ada}, count: 3}
          stdout:
            module: wishbone.output.stdout
            arguments: {encoder: {zstd: {encoder: json, level: 10}}}
        routingtable:
          - input.outbox -> stdout.inbox

    Args:
        encoder: Encodes the bytes to compress: a codec's name, or its name with arguments.
        level: From 1 (fast) to 19 (small).
        sync: Whether a reader can decode each value as soon as it is written. Without it, values are
            compressed together: small values become much smaller, but an interrupted stream loses the last.
    """

    def __init__(
        self,
        encoder: EncoderFactory = EncoderFactory("json"),  # noqa: B008 - immutable
        level: Annotated[int, Meta(ge=1, le=19)] = 3,
        sync: bool = True,
    ) -> None:
        """Start a stream."""
        super().__init__(encoder(), "zstd")
        options: dict[int, int] = {
            zstd.CompressionParameter.compression_level: level,
            zstd.CompressionParameter.checksum_flag: 1,
        }
        self._frame = zstd.ZstdCompressor(options=options)
        self._sync = sync

    def encode(self, value: Any) -> bytes:
        """Return a value compressed; without `sync`, the bytes that are ready, often none.

        Raises:
            InvalidData: The other encoder cannot encode the value.
        """
        data = self._encoder.encode(value)
        if self._sync:
            return self._frame.compress(data, zstd.ZstdCompressor.FLUSH_BLOCK)
        return self._frame.compress(data)

    def expand(self, beginning: bytes) -> bytes:
        """Return the beginning of what a zstd stream expands to."""
        try:
            return zstd.ZstdDecompressor().decompress(beginning, PIECE)
        except zstd.ZstdError:
            return b""

    def flush(self) -> bytes:
        """Return the end of the frame."""
        return self._frame.compress(self._encoder.flush(), zstd.ZstdCompressor.FLUSH_FRAME)
