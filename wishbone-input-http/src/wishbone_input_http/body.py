"""The body of a request: decompressed and decoded piece by piece."""

from __future__ import annotations

import zlib
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any, NamedTuple

from gevent.lock import BoundedSemaphore

from wishbone.actor import yield_if_due
from wishbone.codec import BadFrame
from wishbone.codecs.gzip import GzipExpander
from wishbone_input_http.request import body_too_large
from wishbone_input_http.response import HttpError

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Iterator

    from wishbone.arguments import DecoderFactory
    from wishbone_input_http.request import Request

BODILESS = frozenset({"GET", "HEAD", "DELETE", "OPTIONS"})
"""Methods whose requests need no body."""

PIECE = 1 << 12
"""Bytes that are decompressed and decoded before other connections get their turn."""

_turn = BoundedSemaphore()

CODINGS = frozenset({"gzip", "x-gzip", "deflate"})
"""The content codings that are removed (RFC 9110, section 8.4.1)."""


class BodyDecoder(NamedTuple):
    """Decodes the bodies of a route."""

    decoder: DecoderFactory
    split: bool
    """Whether the items of an array are values of their own."""

    max_body: int
    """Bytes that a body may have when it is decompressed."""

    max_events: int
    """The number of values that a body may have."""

    def check_coding(self, request: Request) -> None:
        """Refuse an unknown content coding.

        Raises:
            HttpError: 415, with the known codings.
        """
        coding = self._coding(request)
        if coding and coding not in CODINGS:
            reason = f"The content coding {coding!r} is not supported: use gzip, or none."
            raise HttpError(415, reason, {"Accept-Encoding": "gzip, deflate"})

    def decode(self, request: Request) -> list[Any]:
        """Return the values in a body, or one that is None for a request that needs no body and has none.

        Large bodies are decoded one after the other: all other connections wait for one of them at a time.

        Args:
            request: A complete request.

        Raises:
            HttpError: 411 without a body, 400 if a value cannot be decoded, 413 if it is too large.
        """
        if not request.body:
            if request.method in BODILESS:
                return [None]
            if b"content-length" not in request.headers and b"transfer-encoding" not in request.headers:
                raise HttpError(411, "The request has no body: send one, with its length.")
        large = len(request.body) > PIECE or self._coding(request)
        with _turn if large else nullcontext():
            return self._collect(request)

    def _collect(self, request: Request) -> list[Any]:
        values: list[Any] = []
        documents = 0
        for value in self._decode(request):
            documents += 1
            if type(value) is BadFrame:
                reason = f"Value {documents} of the body cannot be decoded: {value.error}"
                raise HttpError(400, f"{reason} No event was made of the body.")
            if self.split and type(value) is list:
                values += value
            else:
                values.append(value)
            # Empty arrays make no events, but cost time.
            if max(documents, len(values)) > self.max_events:
                reason = f"The body has more than {self.max_events} events: send several requests."
                raise HttpError(413, reason)
        if not documents:
            raise HttpError(400, "The body is empty.")
        return values

    def _decode(self, request: Request) -> Iterator[Any]:
        stream = self.decoder()
        coding = self._coding(request)
        pieces = _decompress(bytes(request.body), coding) if coding else _cut(bytes(request.body))
        size = 0
        for piece in pieces:
            size += len(piece)
            if size > self.max_body:
                raise body_too_large(self.max_body)
            yield from stream.decode(piece)
            yield_if_due()
        yield from stream.flush()

    def _coding(self, request: Request) -> str:
        """Return the coding that must be removed before decoding."""
        coding = request.header(b"content-encoding").lower()
        # A decoder of this name expects the compressed body.
        return "" if coding in {"identity", self.decoder.name} else coding


def _cut(body: bytes) -> Iterable[bytes]:
    return (body[at : at + PIECE] for at in range(0, len(body), PIECE))


def _decompress(body: bytes, coding: str) -> Iterator[bytes]:
    """Yield the content of all members of gzip, or of deflate, in pieces."""
    try:
        complete = yield from (_inflate(body) if coding == "deflate" else _expand(body))
    except zlib.error as error:
        raise HttpError(400, f"The body is not valid {coding}: {error}.") from None
    if not complete:
        raise HttpError(400, f"The body is not valid {coding}: it is cut off.")


def _expand(body: bytes) -> Generator[bytes, None, bool]:
    """Yield the content of gzip; return whether it is complete."""
    gzip = GzipExpander(PIECE)
    yield from gzip.expand(body)
    return gzip.complete


def _inflate(body: bytes) -> Generator[bytes, None, bool]:
    """Yield the content of a stream of zlib; return whether it is complete."""
    stream = zlib.decompressobj()
    if not body:
        return True
    while not stream.eof:
        piece = stream.decompress(body, PIECE)
        body = stream.unconsumed_tail
        if not piece and not body:
            return stream.eof
        yield piece
    if stream.unused_data:
        raise zlib.error("data after its end")
    return True
