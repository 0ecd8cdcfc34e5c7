"""Framing: how the bytes of a source are cut, into lines or into what a decoder makes of them."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

import msgspec

from wishbone_input_file.line import Splitter
from wishbone_input_file.record import RecordSplitter

if TYPE_CHECKING:
    from wishbone.arguments import DecoderFactory


class Framing:
    """Makes what cuts a source, anew for each."""

    def __init__(self, longest: int, decoder: DecoderFactory | None) -> None:
        """Prepare it.

        Args:
            longest: Bytes of a line that are kept.
            decoder: What makes values of bytes; None for lines.
        """
        self._longest = longest
        self._decoder = decoder
        # What is known to be gzip is expanded, unless that is what the decoder is for.
        self.expands = decoder is None or decoder.name != "gzip"
        self.fingerprint = "" if decoder is None else _fingerprint(decoder)

    def splitter(self, number: int = 0, offset: int = 0) -> Splitter | RecordSplitter:
        """Return what cuts a source.

        Args:
            number: How many lines or records of it are settled.
            offset: Where the next line begins.
        """
        if self._decoder is None:
            return Splitter(self._longest, number, offset)
        return RecordSplitter(self._decoder, number)


def _fingerprint(decoder: DecoderFactory) -> str:
    """Return what tells one decoder from another, which counts records otherwise."""
    told = msgspec.json.encode([decoder.name, decoder.arguments], enc_hook=repr, order="sorted")
    return sha256(told).hexdigest()[:16]
