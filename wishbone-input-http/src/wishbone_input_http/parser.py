"""RequestParser: reads requests out of the bytes of a connection."""

from __future__ import annotations

from collections import deque

from httptools import HttpParserError, HttpParserUpgrade, HttpRequestParser

from wishbone_input_http.answer import Refused
from wishbone_input_http.request import Request, flaw, too_large, too_long

FRAMING_PER_BYTE = 16
"""Bytes that a chunked body may take for each byte of content, before that is taken for an attack."""


class RequestParser:
    """Reads requests with httptools, which is strict about whatever could be read in two ways.

    It refuses `Content-Length` beside `Transfer-Encoding`, more than one length, bare line feeds, folded
    lines and whitespace before a colon. What it lets pass and is wrong is refused in `Request.check_head`;
    what it would keep without end is bounded here.
    """

    def __init__(self, max_headers: int, max_body: int) -> None:
        """Begin with nothing.

        Args:
            max_headers: Bytes that the request line and the headers may have together.
            max_body: Bytes that a body may have.
        """
        self.max_headers = max_headers
        self.max_body = max_body
        self.requests: deque[Request] = deque()
        self.flaw: Refused | None = None
        self._request = Request()
        self._request.complete = True
        self._raw = 0
        self._upgrade = False
        self._parser = HttpRequestParser(self)

    @property
    def current(self) -> Request | None:
        """The request that is not complete yet."""
        return None if self._request.complete else self._request

    def feed(self, data: bytes) -> None:
        """Take the next bytes of the connection.

        Complete requests are in `requests` afterwards, one that is not complete in `current`. Why
        nothing more can be read is in `flaw`.
        """
        before = len(self.requests)
        rest = data
        while rest and self.flaw is None:
            rest = self._feed(rest)
        request = self._request
        if not request.complete and self.flaw is None:
            if len(self.requests) == before:
                self._raw += len(data)
            self.flaw = request.flaw or self._excess(request)

    def _feed(self, data: bytes) -> bytes:
        """Parse, and return what is to be parsed next."""
        try:
            self._parser.feed_data(data)
        except HttpParserUpgrade as pause:
            return self._ignore_upgrade(data[pause.args[0] :])
        except HttpParserError as error:
            self.flaw = flaw(400, f"This is no HTTP/1.1 request: {error}.")
        return b""

    def _ignore_upgrade(self, rest: bytes) -> bytes:
        """Go on as if nobody had asked for another protocol, which a server may (RFC 9110, section 7.8).

        httptools takes what follows for that protocol, a body too: so it is given the head once more.
        """
        if not self._upgrade:
            return rest
        self._upgrade = False
        self._parser = HttpRequestParser(self)
        return self._request.render_head(without=b"upgrade") + rest

    def _excess(self, request: Request) -> Refused | None:
        """Bound what is kept of a request that is not complete: its head, and what frames its body."""
        if not request.has_head:
            return too_large(request, self.max_headers) if self._raw > self.max_headers else None
        if self._raw > self.max_headers + FRAMING_PER_BYTE * (len(request.body) + 1):
            return flaw(400, "The body has more framing than content: send larger chunks.")
        return None

    def on_message_begin(self) -> None:
        """Called by httptools where a request begins."""
        self._request = Request()
        self._raw = 0

    def on_url(self, part: bytes) -> None:
        """Called by httptools with the target, or a part of it."""
        self._request.target += part

    def on_header(self, name: bytes, value: bytes) -> None:
        """Called by httptools with each header; and with each trailer, which must not pass for one."""
        request = self._request
        if request.has_head:
            return
        request.size += len(name) + len(value) + 4
        headers = request.headers
        name = name.lower()
        headers[name] = headers[name] + b", " + value if name in headers else value

    def on_headers_complete(self) -> None:
        """Called by httptools behind the last header."""
        request = self._request
        parser = self._parser
        request.has_head = True
        request.method = parser.get_method().decode("latin-1")
        request.version = parser.get_http_version()
        self._raw = 0
        self._upgrade = parser.should_upgrade() and request.method != "CONNECT"
        try:
            request.check_head(self.max_headers, self.max_body)
        except Refused as refused:
            request.flaw = refused

    def on_body(self, part: bytes) -> None:
        """Called by httptools with each piece of the body."""
        request = self._request
        if len(request.body) + len(part) > self.max_body:
            request.flaw = request.flaw or too_long(self.max_body)
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
