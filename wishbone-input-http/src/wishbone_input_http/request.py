"""Request: what a client asks, as far as it has been received."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import unquote

from httptools import HttpParserInvalidURLError, parse_url

from wishbone_input_http.response import HttpError, bad_request

VERSIONS = ("1.1", "1.0")


@dataclass(slots=True, eq=False)
class Request:
    """A request. Header names are in lower case; the values of a repeated header are joined by commas."""

    target: bytes = b""
    method: str = ""
    path: str = ""
    query: str = ""
    version: str = ""
    headers: dict[bytes, bytes] = field(default_factory=dict)
    body: bytearray = field(default_factory=bytearray)
    head_size: int = 0
    has_head: bool = False
    complete: bool = False
    keep_alive: bool = False
    error: HttpError | None = None

    def header(self, name: bytes) -> str:
        """Return the value of a header, or an empty text."""
        return self.headers.get(name, b"").decode("latin-1")

    @property
    def expects_continue(self) -> bool:
        """Whether the client waits for `100 Continue` before it sends the body (RFC 9110, section 10.1.1)."""
        return self.version == "1.1" and self.headers.get(b"expect", b"").lower() == b"100-continue"

    def check_head(self, max_headers: int, max_body: int) -> None:
        """Check the request line and the headers before the body is read.

        Args:
            max_headers: The bytes that both may have together.
            max_body: The bytes that a body may have.

        Raises:
            HttpError: The request must be refused.
        """
        if self.head_size + len(self.target) > max_headers:
            raise head_too_large(self, max_headers)
        if self.version not in VERSIONS:
            raise bad_request(505, f"HTTP/{self.version} is not supported: use HTTP/1.1.")
        if self.method == "CONNECT":
            raise bad_request(501, "This server is not a proxy.")
        self._check_host()
        self._check_length(max_body)
        if self.version == "1.1" and b"expect" in self.headers and not self.expects_continue:
            raise bad_request(417, "The header 'Expect' may only be '100-continue'.")
        self._parse_target()

    def _check_host(self) -> None:
        """Require exactly one host (RFC 9112, section 3.2)."""
        host = self.headers.get(b"host")
        if host is None:
            if self.version == "1.1":
                raise bad_request(400, "The header 'Host' is missing.")
        elif b"," in host or b" " in host:
            raise bad_request(400, "The header 'Host' must name one host.")

    def _check_length(self, max_body: int) -> None:
        """Refuse a length that another server could read differently (RFC 9112, section 6.1)."""
        coding = self.headers.get(b"transfer-encoding")
        if coding is not None and (coding.lower() != b"chunked" or self.version != "1.1"):
            raise bad_request(501, "The only supported transfer coding is 'chunked', in HTTP/1.1.")
        length = self.headers.get(b"content-length")
        if length is not None and int(length) > max_body:
            raise body_too_large(max_body)

    def _parse_target(self) -> None:
        try:
            url = parse_url(self.target)
        except HttpParserInvalidURLError:
            raise bad_request(400, "The target of the request is not valid.") from None
        path = (url.path or b"/").decode("latin-1")
        self.path = unquote(path) if "%" in path else path
        if url.query is not None:
            self.query = url.query.decode("latin-1")

    def head_without(self, header: bytes) -> bytes:
        """Return the request line and the headers as bytes, without one of the headers."""
        fields = [b"%s: %s\r\n" % each for each in self.headers.items() if each[0] != header]
        line = b"%s %s HTTP/%s\r\n" % (self.method.encode(), self.target, self.version.encode())
        return b"".join((line, *fields, b"\r\n"))


def head_too_large(request: Request, limit: int) -> HttpError:
    """Return the error for a target (RFC 9110, 15.5.15) or headers (RFC 6585, 5) that are too large."""
    if len(request.target) > limit // 2:
        return bad_request(
            414, f"The target of the request is too long: target and headers may have {limit} bytes."
        )
    return bad_request(431, f"The headers are too large: target and headers may have {limit} bytes.")


def body_too_large(limit: int) -> HttpError:
    """Return the error for a body that is too large."""
    return bad_request(413, f"The body is too large: it may have {limit} bytes.")
