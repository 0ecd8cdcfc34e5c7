"""Wrappers: what the codecs of all kinds of compression have in common."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Any

from wishbone.codec import BadFrame, Decoder, Encoder
from wishbone.error import InvalidData

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["PIECE", "CompressingEncoder", "DamagedError", "ExpandingDecoder"]

PIECE = 1 << 16
"""Bytes that are expanded at a time, however few they were made of."""


class DamagedError(Exception):
    """What is compressed cannot be read on; the message says why."""


class ExpandingDecoder(Decoder):
    """Expands a stream piece by piece, and hands the pieces to another decoder.

    When the stream is damaged, or expands to more than is allowed, a `BadFrame` comes in that place, and
    the rest of the stream is not read: nobody can tell what it would have been.
    """

    def __init__(self, decoder: Decoder, max_expanded: int | None) -> None:
        """Begin at the beginning of a stream.

        Args:
            decoder: Reads what is expanded.
            max_expanded: Bytes that the stream may expand to; None for as many as there are.
        """
        self._decoder = decoder
        self._max_expanded = max_expanded
        self._expanded = 0
        self._gave_up = False

    @property
    def desynchronized(self) -> bool:
        """Whether the stream is damaged or too long, or what it expands to cannot be read on."""
        return self._gave_up or self._decoder.desynchronized

    @abstractmethod
    def expand(self, data: bytes) -> Iterator[bytes]:
        """Hand out what the bytes expand to, in pieces, and all of it that stands before a damage.

        Raises:
            DamagedError: They are damaged.
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
                        f"The stream expands to more than the {self._max_expanded} bytes of 'max_expanded':"
                        " the rest of it is not read. Raise that, if you trust the sender."
                    )
                    return
        except DamagedError as error:
            yield self._give_up(
                f"The compressed stream is damaged: {error}. The rest of it is not read: send it again."
            )

    def flush(self) -> Iterable[Any]:
        """Return what is left, or tell that the end is missing."""
        if self.desynchronized:
            return
        if self.complete:
            yield from self._decoder.flush()
        else:
            yield self._give_up(
                "The compressed stream ends too early, perhaps in the middle of a value. Send it again."
            )

    def _allowed(self, piece: bytes) -> bytes:
        """Return as much of a piece as the stream may still expand to."""
        before = self._expanded
        self._expanded += len(piece)
        return piece if self._max_expanded is None else piece[: self._max_expanded - before]

    def _give_up(self, message: str) -> BadFrame:
        self._gave_up = True
        return BadFrame(b"", InvalidData(message))


class CompressingEncoder(Encoder):
    """Compresses what another encoder writes, and says what both make of a value."""

    def __init__(self, encoder: Encoder, coding: str) -> None:
        """Begin at the beginning of a stream.

        Args:
            encoder: Writes what is compressed.
            coding: How it is compressed, as HTTP calls it (RFC 9110, section 8.4.1).
        """
        self._encoder = encoder
        self.content_type = encoder.content_type
        self.content_coding = ", ".join(filter(None, (encoder.content_coding, coding)))

    def resume(self) -> None:
        """Let the other encoder go on as well; what is compressed begins anew, behind what was there."""
        self._encoder.resume()
