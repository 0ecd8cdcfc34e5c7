"""Format: how the bytes of a module's sources become records."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

import msgspec

from wishbone_input_file.line import LineDecoder, check_encoding
from wishbone_input_file.record import Records

if TYPE_CHECKING:
    from wishbone.arguments import DecoderFactory
    from wishbone.logging import Logging


class Format:
    """Makes a decoder for each source, and counts the lines in which bytes were replaced."""

    def __init__(
        self, encoding: str, max_line: int, decoder: DecoderFactory | None, logging: Logging
    ) -> None:
        """Read lines, or what a decoder returns.

        Args:
            encoding: The encoding of lines.
            max_line: Most bytes of a line that are kept.
            decoder: Makes decoders; None for lines.
            logging: Gets a warning for the first line in which bytes were replaced.

        Raises:
            ConfigError: Lines cannot be read in this encoding.
        """
        check_encoding(encoding)
        self.noun = "line" if decoder is None else "record"
        # A gzip file is expanded, unless the decoder is for that.
        self.expands = decoder is None or decoder.name != "gzip"
        self.fingerprint = "" if decoder is None else _fingerprint(decoder)
        self.replaced_total = 0
        self._encoding = encoding
        self._max_line = max_line
        self._decoder = decoder
        self._logging = logging

    def records(self, path: str, number: int = 0, offset: int = 0) -> Records:
        """Return what makes records of a source.

        Args:
            path: The source, for messages.
            number: How many of its records an earlier run has delivered.
            offset: Bytes of text before the next one, for lines.
        """
        if self._decoder is not None:
            return Records(self._decoder(), number)

        def replaced(line: int, error: UnicodeError) -> None:
            if not self.replaced_total:
                self._logging.warning(
                    f"Line {line} of {path!r} is not {self._encoding}: {error}. Such bytes are replaced and"
                    " such lines counted. Give the right 'encoding'."
                )
            self.replaced_total += 1

        return Records(LineDecoder(self._encoding, self._max_line, replaced, number, offset))


def _fingerprint(decoder: DecoderFactory) -> str:
    """Return a digest of a decoder and its arguments: another decoder counts records differently."""
    described = msgspec.json.encode([decoder.name, decoder.arguments], enc_hook=repr, order="sorted")
    return sha256(described).hexdigest()[:16]
