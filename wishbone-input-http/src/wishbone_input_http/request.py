"""Request: what a client asks, as far as it has come in."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import unquote

from httptools import HttpParserInvalidURLError, parse_url

from wishbone_input_http.answer import Refused

if TYPE_CHECKING:
    from collections.abc import Iterable

VERSIONS = ("1.1", "1.0")


class Request:
    """What a client asks. Header names are in lower case; what came several times is joined by commas."""

    __slots__ = (
        "body",
        "complete",
        "flaw",
        "has_head",
        "headers",
        "keep_alive",
        "method",
        "path",
        "query",
        "size",
        "target",
        "version",
    )

    def __init__(self) -> None:
        """Begin with nothing."""
        self.target = b""
        self.method = ""
        self.path = ""
        self.query = ""
        self.version = ""
        self.headers: dict[bytes, bytes] = {}
        self.body = bytearray()
        self.size = 0
        self.has_head = False
        self.complete = False
        self.keep_alive = False
        self.flaw: Refused | None = None

    def header(self, name: bytes) -> str:
        """Return the value of a header, or nothing."""
        return self.headers.get(name, b"").decode("latin-1")

    @property
    def expects_continue(self) -> bool:
        """Whether the client waits to be told that it may send the body (RFC 9110, section 10.1.1)."""
        return self.version == "1.1" and self.headers.get(b"expect", b"").lower() == b"100-continue"

    def check_head(self, max_headers: int, max_body: int) -> None:
        """Refuse what is wrong with the request line and the headers, before the body is read.

        Args:
            max_headers: Bytes that both may have together.
            max_body: Bytes that a body may have.

        Raises:
            Refused: Something is.
        """
        if self.size + len(self.target) > max_headers:
            raise too_large(self, max_headers)
        if self.version not in VERSIONS:
            raise flaw(505, f"HTTP/{self.version} is not spoken here: use HTTP/1.1.")
        if self.method == "CONNECT":
            raise flaw(501, "This is no proxy.")
        self._check_host()
        self._check_length(max_body)
        if self.version == "1.1" and b"expect" in self.headers and not self.expects_continue:
            raise flaw(417, "Only '100-continue' can be expected here.")
        self._read_target()

    def _check_host(self) -> None:
        """Demand one host (RFC 9112, section 3.2)."""
        host = self.headers.get(b"host")
        if host is None:
            if self.version == "1.1":
                raise flaw(400, "The header 'Host' is missing.")
        elif b"," in host or b" " in host:
            raise flaw(400, "The header 'Host' must name one host.")

    def _check_length(self, max_body: int) -> None:
        """Refuse what others could read in another way (RFC 9112, section 6.1), and what is too long."""
        coding = self.headers.get(b"transfer-encoding")
        if coding is not None and (coding.lower() != b"chunked" or self.version != "1.1"):
            raise flaw(501, "The only transfer coding here is 'chunked', in HTTP/1.1.")
        length = self.headers.get(b"content-length")
        if length is not None and int(length) > max_body:
            raise too_long(max_body)

    def _read_target(self) -> None:
        try:
            url = parse_url(self.target)
        except HttpParserInvalidURLError:
            raise flaw(400, "The target of the request cannot be read.") from None
        path = (url.path or b"/").decode("latin-1")
        self.path = unquote(path) if "%" in path else path
        if url.query is not None:
            self.query = url.query.decode("latin-1")

    def render_head(self, without: bytes) -> bytes:
        """Return the request line and the headers as they would be sent without a header."""
        fields: Iterable[bytes] = (
            name + b": " + value + b"\r\n" for name, value in self.headers.items() if name != without
        )
        line = b"%s %s HTTP/%s\r\n" % (self.method.encode(), self.target, self.version.encode())
        return b"".join((line, *fields, b"\r\n"))


def flaw(status: int, reason: str) -> Refused:
    """Return a refusal behind which nothing more can be read from the connection."""
    return Refused(status, reason, close=True)


def too_large(request: Request, limit: int) -> Refused:
    """Refuse a head that is too large: its target (RFC 9110, 15.5.15), or its headers (RFC 6585, 5)."""
    if len(request.target) > limit // 2:
        return flaw(414, f"The target of the request is too long: the head may have {limit} bytes.")
    return flaw(431, f"The headers are too large: the head may have {limit} bytes.")


def too_long(limit: int) -> Refused:
    """Refuse a body that is too long."""
    return flaw(413, f"The body is too long: it may have {limit} bytes.")
