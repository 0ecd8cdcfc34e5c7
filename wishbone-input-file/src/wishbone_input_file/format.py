"""Format: how the bytes of a module's sources become records."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

import msgspec

from wishbone.codecs.encoding import Encoding
from wishbone_input_file.line import LineDecoder
from wishbone_input_file.newline import Newline
from wishbone_input_file.record import Records

if TYPE_CHECKING:
    from wishbone.arguments import DecoderFactory
    from wishbone.logging import Logging


class Format:
    """Makes a decoder for each source, and counts what they repair."""

    def __init__(
        self, encoding: str, max_line: int, decoder: DecoderFactory | None, logging: Logging
    ) -> None:
        """Read lines, or what a decoder returns.

        Args:
            encoding: The encoding of lines.
            max_line: Most bytes of a line that are kept.
            decoder: Makes decoders; None for lines.
            logging: Gets a warning for the first line in which bytes were replaced or skipped.

        Raises:
            ConfigError: Lines cannot be read in this encoding.
        """
        Newline(Encoding(encoding), b"")
        self.noun = "line" if decoder is None else "record"
        # A gzip file is expanded, unless the decoder is for that.
        self.expands = decoder is None or decoder.name != "gzip"
        self.fingerprint = "" if decoder is None else _fingerprint(decoder)
        self.replaced_total = 0
        self.nuls_total = 0
        self.encoding = encoding
        self._max_line = max_line
        self._decoder = decoder
        self.logging = logging

    def records(
        self, path: str, number: int = 0, offset: int = 0, head: bytes = b"", before: bytes = b""
    ) -> Records:
        """Return what makes records of a source.

        Args:
            path: The source, for messages.
            number: How many of its records an earlier run has delivered.
            offset: Bytes of text before the next one, for lines.
            head: The first bytes of the source, if it is not read from there.
            before: The last bytes before the offset.
        """
        if self._decoder is not None:
            return Records(self._decoder(), number)
        repairs = _Repairs(self, path)
        return Records(LineDecoder(self.encoding, self._max_line, repairs, number, offset, head, before))


class _Repairs:
    """Logs the first repair of each kind, and counts all."""

    def __init__(self, form: Format, path: str) -> None:
        self._form = form
        self._path = path

    def replaced(self, line: int, error: UnicodeError) -> None:
        """Count a line in which bytes were replaced."""
        if not self._form.replaced_total:
            self._form.logging.warning(
                f"Line {line} of {self._path!r} is not {self._form.encoding}: {error}. Such bytes are"
                " replaced and such lines counted. Give the right 'encoding'."
            )
        self._form.replaced_total += 1

    def skipped(self, offset: int, count: int) -> None:
        """Count NUL bytes that were skipped."""
        if not self._form.nuls_total:
            self._form.logging.warning(
                f"{self._path!r} has NUL bytes at byte {offset}. They are skipped and counted. A crash leaves"
                " them, or a program that writes to a truncated file without appending: let it append."
            )
        self._form.nuls_total += count


def _fingerprint(decoder: DecoderFactory) -> str:
    """Return a digest of a decoder and its arguments: another decoder counts records differently."""
    described = msgspec.json.encode([decoder.name, decoder.arguments], enc_hook=repr, order="sorted")
    return sha256(described).hexdigest()[:16]
