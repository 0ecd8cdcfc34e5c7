"""Compression: gzip and zstd around what another codec reads and writes."""

from wishbone_codec_compression.gzip import GzipDecoder, GzipEncoder
from wishbone_codec_compression.zstd import ZstdDecoder, ZstdEncoder

__all__ = ["GzipDecoder", "GzipEncoder", "ZstdDecoder", "ZstdEncoder"]
