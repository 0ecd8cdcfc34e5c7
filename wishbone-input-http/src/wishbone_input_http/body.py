"""Body: the values in the body of a request."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Any

from wishbone.codec import BadFrame
from wishbone_input_http.answer import Refused
from wishbone_input_http.request import too_long

if TYPE_CHECKING:
    from wishbone.arguments import DecoderFactory
    from wishbone_input_http.request import Request

_WINDOW = {"gzip": 16 + zlib.MAX_WBITS, "x-gzip": 16 + zlib.MAX_WBITS, "deflate": zlib.MAX_WBITS}
"""How zlib is told of a content coding (RFC 9110, section 8.4.1)."""

BODILESS = frozenset({"GET", "HEAD", "DELETE", "OPTIONS"})
"""Methods whose requests need no body to mean something."""


def check_coding(request: Request) -> None:
    """Refuse a content coding that is not known.

    Raises:
        Refused: 415, with the codings that are.
    """
    coding = request.header(b"content-encoding").lower()
    if coding not in {"", "identity"} and coding not in _WINDOW:
        reason = f"The content coding {coding!r} is not known: use gzip, or none."
        raise Refused(415, reason, {"Accept-Encoding": "gzip, deflate"})


def read_values(request: Request, decoder: DecoderFactory, max_body: int, *, split: bool) -> list[Any]:
    """Return the values in a body; one that is None for a request that needs no body and has none.

    Args:
        request: It is complete.
        decoder: Makes what decodes the body.
        max_body: Bytes that the body may have once expanded.
        split: Whether an array stands for its items.

    Raises:
        Refused: 411 for no body; 400, naming the first value that is none; 413 where it expands too far.
    """
    if not request.body:
        if request.method in BODILESS:
            return [None]
        if b"content-length" not in request.headers and b"transfer-encoding" not in request.headers:
            raise Refused(411, "The request has no body: send one, with its length.")
    data = _expand(request, max_body)
    stream = decoder()
    values = [*stream.decode(data), *stream.flush()]
    for number, value in enumerate(values, 1):
        if type(value) is BadFrame:
            reason = f"Value {number} of the body cannot be read: {value.error} Nothing of it was taken."
            raise Refused(400, reason)
    if split:
        values = [item for value in values for item in (value if type(value) is list else (value,))]
    if not values:
        raise Refused(400, "The body has nothing in it.")
    return values


def _expand(request: Request, max_body: int) -> bytes:
    coding = request.header(b"content-encoding").lower()
    if coding in {"", "identity"}:
        return bytes(request.body)
    stream = zlib.decompressobj(_WINDOW[coding])
    try:
        expanded = stream.decompress(request.body, max_body + 1)
    except zlib.error as error:
        raise Refused(400, f"The body is no {coding}: {error}.") from None
    if len(expanded) > max_body:
        raise too_long(max_body)
    if not stream.eof:
        raise Refused(400, f"The body is no {coding}: it is cut off.")
    if stream.unused_data:
        raise Refused(400, f"The body goes on behind the end of its {coding}.")
    return expanded
