"""Response: what the server answered; and ResponseParser, which parses it."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, NamedTuple

from httptools import HttpParserError, HttpParserUpgrade, HttpResponseParser

if TYPE_CHECKING:
    from collections.abc import Mapping

MAX_HEAD = 1 << 16
"""Bytes that the head of a response may have, and all that is not body."""

FRAMING_PER_BYTE = 8
"""Bytes on the wire that a chunked body may take for each byte of content: chunks of one byte take six."""

SERVER_ERROR = range(500, 600)

_HEAD_ONLY = frozenset({"HEAD", "CONNECT"})
"""Methods whose responses have no body, whatever their headers say (RFC 9112, section 6.3)."""


class InvalidResponseError(Exception):
    """The server sent something that is not a valid HTTP response."""


class Response(NamedTuple):
    """The final response to a request."""

    status: int
    headers: Mapping[str, str]
    """By name in lower case; of a repeated header the last value."""

    body: bytes
    cut: str = ""
    """Why `body` is not the whole body; empty if it is."""

    @property
    def status_text(self) -> str:
        """The status in words, such as `429 Too Many Requests`: the standard's words, not the server's."""
        try:
            return f"{self.status} {HTTPStatus(self.status).phrase}"
        except ValueError:
            return str(self.status)


class ResponseParser:
    """Parses the response to one request. Interim responses (1xx) are skipped."""

    def __init__(self, method: str, max_body: int) -> None:
        """Parse nothing yet.

        Args:
            method: The method of the request.
            max_body: The bytes of the body to keep. A longer body is cut.
        """
        self.done = False
        self.has_head = False
        """Whether the final status is known."""

        self.reusable = False
        """Whether the connection can be used for another request."""

        self._head_only = method in _HEAD_ONLY
        self._max_body = max_body
        self._status = 0
        self._headers: dict[str, str] = {}
        self._body = bytearray()
        self._cut = ""
        self._size = 0
        self._parser = HttpResponseParser(self)

    @property
    def response(self) -> Response:
        """The response, when the parser is done."""
        return Response(self._status, self._headers, bytes(self._body[: self._max_body]), self._cut)

    def feed(self, data: bytes) -> None:
        """Parse the next bytes of the connection.

        Raises:
            InvalidResponseError: They are not a valid response.
        """
        self._size += len(data)
        try:
            self._parser.feed_data(data)
        except (HttpParserError, HttpParserUpgrade) as error:
            self.reusable = False
            if not self.done:
                message = f"the server did not send a valid HTTP response: {error}"
                raise InvalidResponseError(message) from None
        if not self.done and self._size > MAX_HEAD + FRAMING_PER_BYTE * len(self._body):
            message = "the server sent a response whose headers or framing are too large"
            raise InvalidResponseError(message)

    def end(self) -> None:
        """Handle the end of the connection, which ends a body without a length.

        Raises:
            ConnectionError: The response is cut off.
        """
        chunked = self._headers.get("transfer-encoding", "").lower().endswith("chunked")
        if not self.has_head or chunked or "content-length" in self._headers:
            message = "the server closed the connection before the end of the response"
            raise ConnectionError(message)
        self.done = True

    def cut(self, reason: str) -> None:
        """End the response although its body is not complete: its status is known."""
        self.done = True
        self.reusable = False
        self._cut = reason

    def on_message_begin(self) -> None:
        """Called by httptools at the start of each response."""
        if self.done:
            # A response that was not asked for: what follows cannot be assigned to requests.
            self.reusable = False
            return
        self._headers = {}

    def on_header(self, name: bytes, value: bytes) -> None:
        """Called by httptools with each header, and with each trailer."""
        if not self.has_head:
            self._headers[name.decode("latin-1").lower()] = value.decode("latin-1")

    def on_headers_complete(self) -> None:
        """Called by httptools after the last header."""
        status = self._parser.get_status_code()
        if self.done or status < HTTPStatus.OK:
            return
        self._status = status
        self.has_head = True
        if self._head_only:
            self._finish()

    def on_body(self, part: bytes) -> None:
        """Called by httptools with each piece of the body."""
        if self.done:
            self.reusable = False
            return
        self._body += part
        if len(self._body) > self._max_body:
            self.cut(f"it is longer than {self._max_body} bytes ('max_answer')")

    def on_message_complete(self) -> None:
        """Called by httptools at the end of each response."""
        if self.has_head and not self.done:
            self._finish()

    def _finish(self) -> None:
        self.done = True
        self.reusable = self._parser.should_keep_alive()
