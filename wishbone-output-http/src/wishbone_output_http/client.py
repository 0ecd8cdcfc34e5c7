"""Client: sends a request to one server, once, and reads the answer."""

from __future__ import annotations

import errno
import select
from typing import TYPE_CHECKING, Any, NamedTuple

from gevent import Timeout, monkey
from geventhttpclient import HTTPClient
from geventhttpclient.response import HTTPParseError, HTTPSocketPoolResponse

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gevent import socket, ssl

LOST = (OSError, HTTPParseError)
"""What `exchange` raises when there is no answer, or none that can be understood."""

MAX_HEAD = 1 << 16
"""Bytes of the longest head of an answer: a server that never ends it must not fill the memory."""

CHUNKED = 8
"""How many times its size a body may take on the wire: chunks of one byte take six."""

BLOCK = 1 << 14
"""Bytes of an answer's body that are read at once."""


class Request(NamedTuple):
    """What is sent."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes


class Answer(NamedTuple):
    """What came back."""

    status: int
    headers: Mapping[str, str]
    """By name in lower case; of a field that came several times the last."""

    body: bytes
    complete: bool
    """Whether that is the whole body: only so much is read as the client was told."""


class Client(HTTPClient):
    """A pool of connections to one server that are kept open, each used by one request at a time.

    The library's own `request` sends a request that was lost again at once, as often as the pool has
    connections. This one sends it once: whoever calls it knows when to send it again.
    """

    def __init__(self, host: str, port: int, *, timeout: float, max_answer: int, **options: Any) -> None:
        """Prepare it. The first request opens the first connection.

        Args:
            host: The server's name or address.
            port: Its port.
            timeout: Seconds that a request and its answer may take together.
            max_answer: Bytes of an answer's body that are read.
            **options: As `HTTPClient` takes them.
        """
        super().__init__(host, port, {"User-Agent": "wishbone"}, BLOCK, **options)
        # The library's own takes every connection for dead whose descriptor is beyond 1023.
        vars(self._connection_pool)["_is_socket_alive"] = _is_silent
        self._timeout = timeout
        self._max_answer = max_answer

    def secure(self, context: ssl.SSLContext) -> None:
        """Secure the connections to come in another way.

        Args:
            context: Whom to believe, and what to show.
        """
        vars(self._connection_pool)["ssl_context"] = context

    def exchange(self, request: Request) -> Answer:
        """Send a request, and return the answer.

        Raises:
            OSError: The server cannot be reached, or the connection was lost, or it takes too long.
            HTTPParseError: What it answers is not HTTP.
        """
        timer = Timeout.start_new(self._timeout)
        try:
            response = self._send(request)
            body, complete = _read(response, self._max_answer)
        except Timeout as expired:
            if expired is not timer:
                raise
            message = f"no answer within {self._timeout:g} s"
            raise TimeoutError(message) from None
        finally:
            timer.close()
        headers = {name.lower(): value for name, value in response.items()}
        return Answer(response.status_code, headers, body, complete)

    def _send(self, request: Request) -> HTTPSocketPoolResponse:
        pool = self._connection_pool
        head = self._build_request(request.method, request.target, request.body, request.headers)
        try:
            connection = pool.get_socket()
        except RuntimeError as error:  # what the library raises when a proxy refuses
            raise ConnectionError(str(error)) from error
        try:
            connection.sendall(head.encode("latin-1") + request.body)
        except OSError as error:
            # It may have answered before it hung up: that a body is too large, for example.
            if error.errno not in (errno.ECONNRESET, errno.EPIPE):
                pool.release_socket(connection)
                raise
        except BaseException:
            pool.release_socket(connection)
            raise
        most = MAX_HEAD + BLOCK + CHUNKED * self._max_answer
        return _Response(most, connection, pool, method=request.method)


def _is_silent(connection: socket.socket | None) -> bool:
    """Return whether a connection that nobody uses is open: neither its end has come nor anything else."""
    if connection is None or connection.fileno() < 0:
        return False
    # gevent's poll would ask the hub; this one only asks the kernel, and never waits.
    poll = monkey.get_original("select", "poll")()
    poll.register(connection.fileno(), select.POLLIN)
    return not poll.poll(0)


class _Response(HTTPSocketPoolResponse):
    """An answer whose parts have a bounded size, those among them that the library keeps and nobody reads."""

    def __init__(self, most: int, *args: Any, **options: Any) -> None:
        self._size = 0
        self._most = most
        super().__init__(*args, **options)

    def feed(self, data: str | bytes) -> None:
        self._size += len(data)
        if self._size > (self._most if self.headers_complete else MAX_HEAD):
            message = "the answer has a head, or something behind its body, that does not end"
            raise HTTPParseError(message)
        super().feed(data)


def _read(response: HTTPSocketPoolResponse, most: int) -> tuple[bytes, bool]:
    """Read the body, and give the connection back; close it where the body goes on for too long."""
    body = bytearray()
    while block := response.read(BLOCK):
        body += block
        if len(body) > most:
            response.release()
            return bytes(body[:most]), False
    return bytes(body), True
