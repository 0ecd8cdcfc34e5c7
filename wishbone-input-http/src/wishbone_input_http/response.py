"""Response: what a request is answered, as bytes (RFC 9112, section 4)."""

from __future__ import annotations

from email.utils import formatdate
from functools import lru_cache
from http import HTTPStatus
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from wishbone import clock

if TYPE_CHECKING:
    from collections.abc import Mapping

CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
"""Asks a client for the body that it announced (RFC 9110, section 15.2.1)."""

_STATUS_LINES = {status.value: f"HTTP/1.1 {status.value} {status.phrase}\r\n" for status in HTTPStatus}


class Response(NamedTuple):
    """A status, a body of JSON, and headers other than `Content-*`, `Date` and `Connection`."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] | None = None

    def to_bytes(self, connection: str = "", *, with_body: bool = True) -> bytes:
        """Return the bytes to send.

        Args:
            connection: The value of the header `Connection`; empty for none.
            with_body: Whether to send the body: a response to `HEAD` has only its length.
        """
        head = f"{_STATUS_LINES[self.status]}Date: {_format_date(int(clock.time()))}\r\n"
        if self.body:
            head += "Content-Type: application/json\r\n"
        if self.status != HTTPStatus.NO_CONTENT:
            head += f"Content-Length: {len(self.body)}\r\n"
        if connection:
            head += f"Connection: {connection}\r\n"
        if self.headers is not None:
            head += "".join(f"{name}: {value}\r\n" for name, value in self.headers.items())
        return f"{head}\r\n".encode("latin-1") + (self.body if with_body else b"")


class HttpError(Exception):
    """The response to a request that is refused or failed."""

    def __init__(
        self, status: int, reason: str, headers: Mapping[str, str] | None = None, *, close: bool = False
    ) -> None:
        """Make the response.

        Args:
            status: The status code, 400 to 599.
            reason: The cause and the cure. The client reads it: it must not contain secrets.
            headers: Further headers, such as `Retry-After`.
            close: Whether the connection must be closed after the response.
        """
        super().__init__(reason)
        self.reason = reason
        self.close = close
        self.response = Response(status, msgspec.json.encode({"error": reason}), headers)


def bad_request(status: int, reason: str) -> HttpError:
    """Return the error for a request after which the connection cannot be read any further."""
    return HttpError(status, reason, close=True)


@lru_cache(maxsize=1)
def _format_date(second: int) -> str:
    return formatdate(second, usegmt=True)
