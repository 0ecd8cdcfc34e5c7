"""Zstd: frames one after the other (RFC 8878)."""

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
    """Expands zstd, and hands what it was to another decoder.

    Frames that follow each other are one stream, and skippable frames are passed over.

        modules:
          input:
            module: wishbone.input.file
            arguments: {path: /var/spool/events.zst, decoder: {zstd: {decoder: json, max_expanded: 10000000}}}
          stdout:
            module: wishbone.output.stdout
        routingtable:
          - input.outbox -> stdout.inbox

    When the stream is damaged or expands to more than is allowed, an error comes in that place, and the rest
    of the stream is not read: nobody can tell what it would have been. A stream that ends too early is an
    error too. All values before it are delivered.

    Args:
        decoder: What reads the expanded bytes: a codec's name, or its name with arguments.
        max_expanded: Bytes that a stream may expand to; null for as many as there are, which is for
            senders that you trust and for streams that never end.
        max_window_log: How much memory a stream may ask for: 2 to this power, in bytes. 23 (8 MiB) is what
            RFC 8878 wants every reader to allow, and what levels up to 19 need.
    """

    def __init__(
        self,
        decoder: DecoderFactory = DecoderFactory("plain"),  # noqa: B008 - nothing changes it
        max_expanded: Annotated[int, Meta(ge=1)] | None = 1 << 30,
        max_window_log: Annotated[int, Meta(ge=10, le=31)] = 23,
    ) -> None:
        """Begin at the beginning of a stream."""
        super().__init__(decoder(), max_expanded)
        self._options: dict[int, int] = {zstd.DecompressionParameter.window_log_max: max_window_log}
        self._blocks = BlockSplitter()
        self._frame: zstd.ZstdDecompressor | None = None

    @property
    def complete(self) -> bool:
        """Whether the stream stands between two frames."""
        return self._frame is None and self._blocks.complete

    def expand(self, data: bytes) -> Iterator[bytes]:
        """Hand out what the bytes expand to, in pieces.

        Raises:
            DamagedError: They are damaged, or no zstd, or need more memory than is allowed.
        """
        # An error takes what was expanded in the same call with it: no call expands more than a block.
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
    """Compresses what another encoder writes.

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
        encoder: What writes the bytes to compress: a codec's name, or its name with arguments.
        level: From 1 (fast) to 19 (small).
        sync: Whether a reader can have each value at once. Without it, values are compressed together, which
            makes small ones much smaller, and what was written last is lost when the stream is broken off.
    """

    def __init__(
        self,
        encoder: EncoderFactory = EncoderFactory("json"),  # noqa: B008 - nothing changes it
        level: Annotated[int, Meta(ge=1, le=19)] = 3,
        sync: bool = True,
    ) -> None:
        """Begin at the beginning of a stream."""
        super().__init__(encoder(), "zstd")
        options: dict[int, int] = {
            zstd.CompressionParameter.compression_level: level,
            zstd.CompressionParameter.checksum_flag: 1,
        }
        self._frame = zstd.ZstdCompressor(options=options)
        self._sync = sync

    def encode(self, value: Any) -> bytes:
        """Return a value compressed; without `sync`, what has become ready by it.

        Raises:
            InvalidData: The other encoder has nothing for it.
        """
        data = self._encoder.encode(value)
        if self._sync:
            return self._frame.compress(data, zstd.ZstdCompressor.FLUSH_BLOCK)
        return self._frame.compress(data)

    def flush(self) -> bytes:
        """Return the end of the frame."""
        return self._frame.compress(self._encoder.flush(), zstd.ZstdCompressor.FLUSH_FRAME)
