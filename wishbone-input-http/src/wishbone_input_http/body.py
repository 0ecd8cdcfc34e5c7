"""The body of a request: decompressed, and decoded into values."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Any

from wishbone.codec import BadFrame
from wishbone_input_http.request import body_too_large
from wishbone_input_http.response import HttpError

if TYPE_CHECKING:
    from wishbone.arguments import DecoderFactory
    from wishbone_input_http.request import Request

_WINDOW_BITS = {"gzip": 16 + zlib.MAX_WBITS, "x-gzip": 16 + zlib.MAX_WBITS, "deflate": zlib.MAX_WBITS}
"""What zlib needs to know about each content coding (RFC 9110, section 8.4.1)."""

BODILESS = frozenset({"GET", "HEAD", "DELETE", "OPTIONS"})
"""Methods whose requests need no body."""


def check_coding(request: Request) -> None:
    """Refuse an unknown content coding.

    Raises:
        HttpError: 415, with the known codings.
    """
    coding = _coding(request)
    if coding and coding not in _WINDOW_BITS:
        reason = f"The content coding {coding!r} is not supported: use gzip, or none."
        raise HttpError(415, reason, {"Accept-Encoding": "gzip, deflate"})


def decode_body(request: Request, decoder: DecoderFactory, max_body: int, *, split: bool) -> list[Any]:
    """Return the values in a body, or one that is None for a request that needs no body and has none.

    Args:
        request: A complete request.
        decoder: Makes the decoder.
        max_body: The bytes that the body may have when it is decompressed.
        split: Whether the items of an array are values of their own.

    Raises:
        HttpError: 411 without a body, 400 if a value cannot be decoded, 413 if it is too large.
    """
    if not request.body:
        if request.method in BODILESS:
            return [None]
        if b"content-length" not in request.headers and b"transfer-encoding" not in request.headers:
            raise HttpError(411, "The request has no body: send one, with its length.")
    data = _decompress(request, max_body)
    stream = decoder()
    values = [*stream.decode(data), *stream.flush()]
    for number, value in enumerate(values, 1):
        if type(value) is BadFrame:
            reason = (
                f"Value {number} of the body cannot be decoded: {value.error} No event was made of the body."
            )
            raise HttpError(400, reason)
    if split:
        values = [item for value in values for item in (value if type(value) is list else (value,))]
    if not values:
        raise HttpError(400, "The body is empty.")
    return values


def _coding(request: Request) -> str:
    coding = request.header(b"content-encoding").lower()
    return "" if coding == "identity" else coding


def _decompress(request: Request, max_body: int) -> bytes:
    coding = _coding(request)
    if not coding:
        return bytes(request.body)
    stream = zlib.decompressobj(_WINDOW_BITS[coding])
    try:
        data = stream.decompress(request.body, max_body + 1)
    except zlib.error as error:
        raise HttpError(400, f"The body is not valid {coding}: {error}.") from None
    if len(data) > max_body:
        raise body_too_large(max_body)
    if not stream.eof:
        raise HttpError(400, f"The body is not valid {coding}: it is cut off.")
    if stream.unused_data:
        raise HttpError(400, f"The body continues after the end of its {coding} data.")
    return data
