"""CSV: records of fields, one or more lines each (RFC 4180 and its dialects)."""

from wishbone_codec_csv.decoder import CsvDecoder
from wishbone_codec_csv.encoder import CsvEncoder

__all__ = ["CsvDecoder", "CsvEncoder"]
