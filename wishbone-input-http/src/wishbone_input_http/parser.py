"""RequestParser: parses the bytes of a connection into requests."""

from __future__ import annotations

from collections import deque

from httptools import HttpParserError, HttpParserUpgrade, HttpRequestParser

from wishbone_input_http.request import Request, body_too_large, head_too_large
from wishbone_input_http.response import HttpError, bad_request

FRAMING_PER_BYTE = 16
"""Bytes on the wire that a chunked body may take for each byte of content. More is an attack."""


class RequestParser:
    """Parses requests with httptools, which refuses all that two servers could read differently.

    That is `Content-Length` together with `Transfer-Encoding`, more than one length, bare line feeds, folded
    lines and whitespace before a colon. `Request.check_head` refuses what httptools accepts wrongly. The
    parser bounds what httptools would collect without a limit.
    """

    def __init__(self, max_headers: int, max_body: int) -> None:
        self.max_headers = max_headers
        self.max_body = max_body
        self.requests: deque[Request] = deque()
        self.error: HttpError | None = None
        self._request = Request(complete=True)
        self._unparsed_size = 0
        self._upgrade = False
        self._parser = HttpRequestParser(self)

    @property
    def current(self) -> Request | None:
        """The request of which a part has been received."""
        return None if self._request.complete else self._request

    def feed(self, data: bytes) -> None:
        """Parse the next bytes of the connection.

        Afterwards, complete requests are in `requests` and an incomplete one in `current`; `error` says why
        the connection cannot be read any further.
        """
        completed = len(self.requests)
        rest = data
        while rest and self.error is None:
            rest = self._feed(rest)
        request = self._request
        if not request.complete and self.error is None:
            if len(self.requests) == completed:
                self._unparsed_size += len(data)
            self.error = request.error or self._check_size(request)

    def _feed(self, data: bytes) -> bytes:
        """Parse bytes, and return those that must be parsed next."""
        try:
            self._parser.feed_data(data)
        except HttpParserUpgrade as upgrade:
            return self._ignore_upgrade(data[upgrade.args[0] :])
        except HttpParserError as error:
            self.error = bad_request(400, f"This is not a valid HTTP/1.1 request: {error}.")
        return b""

    def _ignore_upgrade(self, rest: bytes) -> bytes:
        """Continue with HTTP/1.1, as a server may (RFC 9110, section 7.8).

        httptools takes all that follows, also the body, for the other protocol. So it gets the head again,
        without the header.
        """
        if not self._upgrade:
            return rest
        self._upgrade = False
        self._parser = HttpRequestParser(self)
        return self._request.head_without(b"upgrade") + rest

    def _check_size(self, request: Request) -> HttpError | None:
        """Bound what is kept of an incomplete request: its head, and the framing of its body."""
        if not request.has_head:
            return (
                head_too_large(request, self.max_headers) if self._unparsed_size > self.max_headers else None
            )
        if self._unparsed_size > self.max_headers + FRAMING_PER_BYTE * (len(request.body) + 1):
            return bad_request(400, "The body has more framing than content: send larger chunks.")
        return None

    def on_message_begin(self) -> None:
        """Called by httptools at the start of a request."""
        self._request = Request()
        self._unparsed_size = 0

    def on_url(self, part: bytes) -> None:
        """Called by httptools with the target, or a part of it."""
        self._request.target += part

    def on_header(self, name: bytes, value: bytes) -> None:
        """Called by httptools with each header, and with each trailer: trailers are ignored."""
        request = self._request
        if request.has_head:
            return
        request.head_size += len(name) + len(value) + 4
        headers = request.headers
        name = name.lower()
        headers[name] = headers[name] + b", " + value if name in headers else value

    def on_headers_complete(self) -> None:
        """Called by httptools after the last header."""
        request = self._request
        parser = self._parser
        request.has_head = True
        request.method = parser.get_method().decode("latin-1")
        request.version = parser.get_http_version()
        self._unparsed_size = 0
        self._upgrade = parser.should_upgrade() and request.method != "CONNECT"
        try:
            request.check_head(self.max_headers, self.max_body)
        except HttpError as error:
            request.error = error

    def on_body(self, part: bytes) -> None:
        """Called by httptools with each piece of the body."""
        request = self._request
        if len(request.body) + len(part) > self.max_body:
            request.error = request.error or body_too_large(self.max_body)
        else:
            request.body += part

    def on_message_complete(self) -> None:
        """Called by httptools at the end of a request."""
        if self._upgrade:
            return
        request = self._request
        request.complete = True
        request.keep_alive = self._parser.should_keep_alive()
        self.requests.append(request)
