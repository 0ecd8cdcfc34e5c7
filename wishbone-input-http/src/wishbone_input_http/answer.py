"""Answer: what a request is told, and how it is written (RFC 9112, section 4)."""

from __future__ import annotations

from email.utils import formatdate
from http import HTTPStatus
from typing import TYPE_CHECKING

import msgspec

from wishbone import clock

if TYPE_CHECKING:
    from collections.abc import Mapping

CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
"""Tells a client that it may send the body (RFC 9110, section 15.2.1)."""

_STATUS_LINES = {status.value: f"HTTP/1.1 {status.value} {status.phrase}\r\n" for status in HTTPStatus}
_JSON = "Content-Type: application/json\r\n"


class Answer:
    """A status, headers, and a body of JSON."""

    __slots__ = ("body", "headers", "status")

    def __init__(self, status: int, body: bytes, headers: Mapping[str, str] | None = None) -> None:
        """Note what is to be told.

        Args:
            status: The status code.
            body: JSON, or nothing.
            headers: More than `Content-Type`, `Content-Length`, `Date` and `Connection`.
        """
        self.status = status
        self.body = body
        self.headers = headers

    def render(self, connection: str = "", *, with_body: bool = True) -> bytes:
        """Return the bytes to send.

        Args:
            connection: What the header `Connection` says: `close`, `keep-alive`, or nothing.
            with_body: Whether the body is sent: not for an answer to `HEAD`.
        """
        head = f"{_STATUS_LINES[self.status]}Date: {_today.text()}\r\n"
        if self.body:
            head += _JSON
        if self.status != HTTPStatus.NO_CONTENT:
            head += f"Content-Length: {len(self.body)}\r\n"
        if connection:
            head += f"Connection: {connection}\r\n"
        if self.headers is not None:
            head += "".join(f"{name}: {value}\r\n" for name, value in self.headers.items())
        return f"{head}\r\n".encode("latin-1") + (self.body if with_body else b"")


class Refused(Exception):
    """A request is not taken; the sender is told why."""

    def __init__(
        self, status: int, reason: str, headers: Mapping[str, str] | None = None, *, close: bool = False
    ) -> None:
        """Say why.

        Args:
            status: The status code, 400 to 599.
            reason: What is wrong, and what to do about it: told to the sender, so it names no secret.
            headers: More headers, such as `Retry-After`.
            close: Whether the connection cannot be used for another request.
        """
        super().__init__(reason)
        self.reason = reason
        self.close = close
        self.answer = Answer(status, msgspec.json.encode({"error": reason}), headers)


class _Today:
    """The header `Date`, which changes once a second."""

    __slots__ = ("_second", "_text")

    def __init__(self) -> None:
        self._second = -1
        self._text = ""

    def text(self) -> str:
        second = int(clock.time())
        if second != self._second:
            self._text = formatdate(second, usegmt=True)
            self._second = second
        return self._text


_today = _Today()
