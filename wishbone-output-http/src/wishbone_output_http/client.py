"""HttpClient: sends requests to one server over connections that are kept open."""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING, NamedTuple

from gevent import Timeout

from wishbone_network import close_on_error, connect_tcp, is_readable, start_tls
from wishbone_output_http.response import SERVER_ERROR, InvalidResponseError, Response, ResponseParser

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gevent import socket

    from wishbone_network import Tls
    from wishbone_output_http.proxy import Proxy
    from wishbone_output_http.url_template import Origin

RECEIVE_BYTES = 1 << 14

WITH_BODY = frozenset({"PATCH", "POST", "PUT"})
"""Methods whose requests always have a length (RFC 9110, section 8.6)."""


class Request(NamedTuple):
    """A request."""

    method: str
    target: str
    headers: Iterable[tuple[str, str]]
    body: bytes


class Timeouts(NamedTuple):
    """Limits in seconds: arguments of the module."""

    connect: float
    read: float
    total: float


class HttpClient:
    """Sends each request once. A connection is used by one request at a time."""

    def __init__(
        self, origin: Origin, timeouts: Timeouts, max_body: int, tls: Tls | None, proxy: Proxy | None
    ) -> None:
        """Connect to nothing yet.

        Args:
            origin: The server.
            timeouts: The limits for each request.
            max_body: The bytes of a response's body to read.
            tls: How to speak TLS; None for plain HTTP.
            proxy: The proxy to use; None for none.
        """
        self._origin = origin
        self._timeouts = timeouts
        self._max_body = max_body
        self._tls = tls
        self._proxy = proxy
        self._idle: list[socket.socket] = []

    def exchange(self, request: Request) -> Response:
        """Send a request, and return the response.

        Raises:
            OSError: The server cannot be reached, or did not send the head of a response in time.
            InvalidResponseError: The server did not send a valid response.
        """
        with Timeout(self._timeouts.total, TimeoutError(f"no answer within {self._timeouts.total:g} s")):
            connection = self._take_idle() or self._connect()
            with close_on_error(connection):
                parser = self._send(connection, request)
        response = parser.response
        # A second response that arrives late would be taken for the response to the retry.
        if parser.reusable and response.status not in SERVER_ERROR:
            self._idle.append(connection)
        else:
            connection.close()
        return response

    def close(self) -> None:
        """Close all connections that are not in use."""
        while self._idle:
            self._idle.pop().close()

    def _take_idle(self) -> socket.socket | None:
        while self._idle:
            connection = self._idle.pop()
            if not is_readable(connection):
                return connection
            connection.close()
        return None

    def _connect(self) -> socket.socket:
        timeout, host = self._timeouts.connect, self._origin.host
        if self._proxy is None:
            connection = connect_tcp(self._origin.address, timeout, self._tls)
        else:
            connection = connect_tcp(self._proxy.address, timeout)
            if self._tls is not None:
                with close_on_error(connection):
                    self._open_tunnel(connection, self._proxy)
                    connection = start_tls(connection, self._tls, host)
        connection.settimeout(self._timeouts.read)
        return connection

    def _open_tunnel(self, connection: socket.socket, proxy: Proxy) -> None:
        """Let the proxy connect to the server (RFC 9110, section 9.3.6)."""
        target = str(self._origin.address)
        request = Request("CONNECT", target, [("Host", target), *proxy.headers.items()], b"")
        response = self._send(connection, request).response
        if response.status != 200:  # noqa: PLR2004 - the one status that opens a tunnel
            message = f"the proxy answered {response.status_text}"
            raise ConnectionError(message)

    def _send(self, connection: socket.socket, request: Request) -> ResponseParser:
        try:
            connection.sendall(_to_bytes(request))
        except OSError as error:
            # The server may have answered before it closed the connection: that a body is too large.
            if error.errno not in (errno.ECONNRESET, errno.EPIPE):
                raise
        parser = ResponseParser(request.method, self._max_body)
        while not parser.done:
            try:
                data = connection.recv(RECEIVE_BYTES)
                parser.feed(data) if data else parser.end()
            except (OSError, InvalidResponseError) as error:
                if not parser.has_head:
                    raise
                # The server has decided: what it says about that is not worth sending the request twice.
                parser.cut(str(error))
        return parser


def _to_bytes(request: Request) -> bytes:
    lines = [f"{request.method} {request.target} HTTP/1.1"]
    lines += [f"{name}: {value}" for name, value in request.headers]
    if request.body or request.method in WITH_BODY:
        lines.append(f"Content-Length: {len(request.body)}")
    return "\r\n".join([*lines, "\r\n"]).encode("latin-1") + request.body
