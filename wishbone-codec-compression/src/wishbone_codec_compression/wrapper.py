"""Base classes of the codecs that compress the bytes of another codec."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Any

from wishbone.codec import BadFrame, Decoder, Encoder
from wishbone.error import InvalidData

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["PIECE", "CompressingEncoder", "DamagedError", "ExpandingDecoder"]

PIECE = 1 << 16
"""Bytes that are expanded at a time, however few compressed bytes they come from."""


class DamagedError(Exception):
    """The compressed stream cannot be read any further; the message says why."""


class ExpandingDecoder(Decoder):
    """Expands a stream piece by piece, and gives the pieces to another decoder.

    Where the stream is damaged, or expands to more than allowed, it yields a `BadFrame` and ignores the rest.
    """

    def __init__(self, decoder: Decoder, max_expanded: int | None) -> None:
        """Start a stream.

        Args:
            decoder: Decodes the expanded bytes.
            max_expanded: Most bytes that the stream may expand to; None means no limit.
        """
        self._decoder = decoder
        self._max_expanded = max_expanded
        self._expanded = 0
        self._gave_up = False

    @property
    def desynchronized(self) -> bool:
        """Whether the stream is damaged or too long, or the other decoder gave up."""
        return self._gave_up or self._decoder.desynchronized

    @abstractmethod
    def expand(self, data: bytes) -> Iterator[bytes]:
        """Yield what the bytes expand to, in pieces, including everything before a damage.

        Raises:
            DamagedError: The bytes are damaged.
        """

    @property
    @abstractmethod
    def complete(self) -> bool:
        """Whether the stream may end here."""

    def decode(self, data: bytes) -> Iterable[Any]:
        """Return the values that the bytes complete."""
        if self.desynchronized:
            return
        try:
            for piece in self.expand(data):
                allowed = self._allowed(piece)
                yield from self._decoder.decode(allowed)
                if self._decoder.desynchronized:
                    return
                if len(allowed) < len(piece):
                    yield self._give_up(
                        f"The stream expands to more than the {self._max_expanded} bytes of 'max_expanded';"
                        " the rest is not read. Raise the limit if you trust the sender."
                    )
                    return
        except DamagedError as error:
            yield self._give_up(
                f"The compressed stream is damaged: {error}. The rest is not read. Send it again."
            )

    def flush(self) -> Iterable[Any]:
        """Return the last values, or a `BadFrame` when the end of the stream is missing."""
        if self.desynchronized:
            return
        if self.complete:
            yield from self._decoder.flush()
        else:
            yield self._give_up(
                "The compressed stream ends too early, perhaps in the middle of a value. Send it again."
            )

    def _allowed(self, piece: bytes) -> bytes:
        """Cut a piece to what the stream may still expand to."""
        before = self._expanded
        self._expanded += len(piece)
        return piece if self._max_expanded is None else piece[: self._max_expanded - before]

    def _give_up(self, message: str) -> BadFrame:
        self._gave_up = True
        return BadFrame(b"", InvalidData(message))


class CompressingEncoder(Encoder):
    """Compresses the output of another encoder; declares the content type and coding of the result."""

    def __init__(self, encoder: Encoder, coding: str) -> None:
        """Start a stream.

        Args:
            encoder: Encodes the bytes to compress.
            coding: The compression's name in HTTP (RFC 9110, section 8.4.1).
        """
        self._encoder = encoder
        self.content_type = encoder.content_type
        self.content_coding = ", ".join(filter(None, (encoder.content_coding, coding)))

    def resume(self, beginning: bytes = b"") -> None:  # noqa: ARG002
        """Resume the other encoder; the compressed data starts a new member or frame."""
        self._encoder.resume()
