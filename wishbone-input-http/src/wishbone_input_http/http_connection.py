"""HttpConnection: reads the requests of one client, and answers each before it handles the next."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

from gevent import GreenletExit, Timeout, socket

from wishbone import clock
from wishbone.actor import yield_if_due
from wishbone.diagnostics.describe import describe
from wishbone_input_http.parser import RequestParser
from wishbone_input_http.response import CONTINUE, HttpError, Response, bad_request

if TYPE_CHECKING:
    from gevent import ssl

    from wishbone_input_http.handler import Handler
    from wishbone_input_http.request import Request

RECEIVE_BYTES = 65536

SEND_SECONDS = 10.0
"""Seconds for a client to read a response."""

LINGER_SECONDS = 2.0
"""Seconds to read and discard what a refused client still sends, so that it can read the response."""


class Limits(NamedTuple):
    """The limits of a request, in bytes and seconds: arguments of the module."""

    max_headers: int
    max_body: int
    header_timeout: float
    body_timeout: float
    idle_timeout: float


class HttpConnection:
    """A connection of a client."""

    def __init__(
        self,
        accepted: socket.socket,
        peer: str,
        handler: Handler,
        limits: Limits,
        tls: ssl.SSLContext | None,
    ) -> None:
        self.reading = False
        self._socket = accepted
        self.peer = peer
        self._handler = handler
        self._limits = limits
        self._tls = tls
        self._parser = RequestParser(limits.max_headers, limits.max_body)
        self._timeout = limits.header_timeout
        self._answered: float | None = None

    @property
    def idle_seconds(self) -> float:
        """Seconds since the last response, if the client has sent nothing since then; 0 otherwise."""
        if self._answered is None or not self.reading or self._parser.current is not None:
            return 0.0
        return clock.monotonic() - self._answered

    def serve(self) -> None:
        """Answer requests until the client or the module ends the connection."""
        try:
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if self._tls is None or self._handshake(self._tls):
                while self._serve_request():
                    pass
        except OSError as error:
            self._handler.actor.logging.debug(f"The connection from {self.peer} was lost: {error}")
        finally:
            self._socket.close()

    def stop_reading(self) -> None:
        """Read nothing more than what has arrived."""
        # With this socket object, it would also end TLS, and the receive that waits in another greenlet.
        with (
            suppress(OSError),
            socket.fromfd(self._socket.fileno(), self._socket.family, socket.SOCK_STREAM) as duplicate,
        ):
            duplicate.shutdown(socket.SHUT_RD)

    def _handshake(self, tls: ssl.SSLContext) -> bool:
        """Return whether the TLS handshake succeeded, in the time for the headers."""
        self._socket = secured = tls.wrap_socket(
            self._socket, server_side=True, do_handshake_on_connect=False
        )
        self.reading = True
        try:
            with Timeout(self._limits.header_timeout):
                secured.do_handshake()
        except (OSError, Timeout) as error:
            self._handler.actor.logging.info(f"The TLS handshake with {self.peer} failed: {error}")
            return False
        finally:
            self.reading = False
        return True

    def _serve_request(self) -> bool:
        """Answer the next request; return whether another one may follow."""
        request = None
        try:
            request = self._read_request()
            if request is None:
                return False
            response = self._handle(request)
        except HttpError as error:
            return self._refuse(request, error)
        except GreenletExit:
            if request is not None:
                self._send_error(request, self._handler.stopping())
            raise
        keep = request.keep_alive and self._handler.actor.loop()
        self._send(request, response, keep=keep)
        self._handler.record(request, self.peer, response.status)
        return keep

    def _handle(self, request: Request) -> Response:
        try:
            return self._handler.answer(request, self.peer)
        except HttpError:
            raise
        except Exception as error:
            self._handler.actor.logging.error(f"A request could not be answered: {describe(error)}")
            raise HttpError(500, "The server failed: see its logs.") from error

    def _read_request(self) -> Request | None:
        """Return the next request, or None at the end of the connection.

        Raises:
            HttpError: The request is not valid, or is refused before its body is read.
        """
        parser = self._parser
        stage: tuple[Request, bool] | None = None
        deadline = clock.monotonic() + self._timeout
        self._timeout = self._limits.idle_timeout
        while not parser.requests:
            if parser.error is not None:
                raise parser.error
            current = parser.current
            if current is not None and stage != (current, current.has_head):
                stage = (current, current.has_head)
                deadline = self._begin_stage(current)
            data = self._receive(deadline)
            if not data:
                self._check_end()
                return None
            parser.feed(data)
            yield_if_due()
        return parser.requests.popleft()

    def _begin_stage(self, request: Request) -> float:
        """Return the deadline for the headers, or admit the request and return the deadline for its body."""
        if not request.has_head:
            return clock.monotonic() + self._limits.header_timeout
        self._handler.admit(request)
        if request.expects_continue and not request.body:
            self._socket.settimeout(SEND_SECONDS)
            self._socket.sendall(CONTINUE)
        return clock.monotonic() + self._limits.body_timeout

    def _receive(self, deadline: float) -> bytes:
        """Return the next bytes, or none at the end of the connection or of the time between requests."""
        self._socket.settimeout(max(0.001, deadline - clock.monotonic()))
        self.reading = True
        try:
            return self._socket.recv(RECEIVE_BYTES)
        except TimeoutError:
            if self._parser.current is None:
                return b""
            raise bad_request(408, "The request did not arrive in time.") from None
        finally:
            self.reading = False

    def _check_end(self) -> None:
        """Handle the end of the connection in the middle of a request."""
        if self._parser.current is None:
            return
        if not self._handler.actor.loop():
            raise self._handler.stopping()
        self._handler.actor.logging.info(f"{self.peer} closed the connection in the middle of a request.")

    def _refuse(self, request: Request | None, error: HttpError) -> bool:
        """Send an error; return whether another request may follow."""
        keep = request is not None and request.keep_alive and not error.close and self._handler.actor.loop()
        self._send_error(self._parser.current if request is None else request, error, keep=keep)
        if request is None:
            self._linger()
        yield_if_due()
        return keep

    def _send_error(self, request: Request | None, error: HttpError, *, keep: bool = False) -> None:
        self._send(request, error.response, keep=keep)
        self._handler.record(request, self.peer, error.response.status, error.reason)

    def _send(self, request: Request | None, response: Response, *, keep: bool) -> None:
        connection = "close"
        if keep:
            connection = "" if request is not None and request.version == "1.1" else "keep-alive"
        with_body = request is None or request.method != "HEAD"
        self._socket.settimeout(SEND_SECONDS)
        self._socket.sendall(response.to_bytes(connection, with_body=with_body))
        self._answered = clock.monotonic()

    def _linger(self) -> None:
        """Discard what still arrives: closing too soon could destroy the response (RFC 9112, 9.6)."""
        deadline = clock.monotonic() + LINGER_SECONDS
        self._socket.shutdown(socket.SHUT_WR)
        while (remaining := deadline - clock.monotonic()) > 0:
            self._socket.settimeout(remaining)
            try:
                if not self._socket.recv(RECEIVE_BYTES):
                    return
            except TimeoutError:
                return
            yield_if_due()
