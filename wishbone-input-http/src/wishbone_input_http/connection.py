"""Connection: the requests of one client, one after the other, each answered before the next is looked at."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

from gevent import GreenletExit, Timeout, socket

from wishbone import clock
from wishbone._engine.timeslice import time_slice
from wishbone.diagnostics.describe import describe
from wishbone_input_http.answer import CONTINUE, Answer, Refused
from wishbone_input_http.parser import RequestParser
from wishbone_input_http.request import flaw

if TYPE_CHECKING:
    from gevent import ssl

    from wishbone_input_http.request import Request
    from wishbone_input_http.service import Service

RECEIVE_BYTES = 65536
"""How much is read at once."""

SEND_SECONDS = 10.0
"""Seconds that a client may take to take in an answer."""

LINGER_SECONDS = 2.0
"""Seconds that what a client still sends is thrown away, so that it gets to read why it was refused."""


class Limits(NamedTuple):
    """What a client may take.

    Args:
        headers: Bytes of a request line with its headers.
        body: Bytes of a body, as it comes and expanded.
        header_timeout: Seconds until the headers are complete, from the first byte on.
        body_timeout: Seconds until the body is complete, from the headers on.
        idle_timeout: Seconds between two requests.
    """

    headers: int
    body: int
    header_timeout: float
    body_timeout: float
    idle_timeout: float


class Connection:
    """Reads requests and writes answers."""

    def __init__(
        self,
        peer: socket.socket,
        address: str,
        service: Service,
        limits: Limits,
        context: ssl.SSLContext | None,
    ) -> None:
        """Take over a connection.

        Args:
            peer: The socket.
            address: The address at its other end.
            service: Answers requests.
            limits: What the client may take.
            context: How the connection is secured, if it is.
        """
        self.reading = False
        self.address = address
        self._socket = peer
        self._service = service
        self._context = context
        self._limits = limits
        self._parser = RequestParser(limits.headers, limits.body)
        self._patience = limits.header_timeout
        self._answered: float | None = None

    @property
    def idle_seconds(self) -> float:
        """How long ago the client was answered, if it has sent nothing since; 0 otherwise."""
        if self._answered is None or not self.reading or self._parser.current is not None:
            return 0.0
        return clock.monotonic() - self._answered

    def serve(self) -> None:
        """Answer requests until one of the two has had enough."""
        try:
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if self._context is None or self._secure(self._context):
                while self._serve_one():
                    pass
        except OSError as error:
            self._service.actor.logging.debug(f"The connection from {self.address} was lost: {error}")
        finally:
            self._socket.close()

    def finish(self) -> None:
        """Read no more than what has come in already."""
        # Of another object: shutting down this one would cut its reader short, and TLS off.
        with (
            suppress(OSError),
            socket.fromfd(self._socket.fileno(), self._socket.family, socket.SOCK_STREAM) as twin,
        ):
            twin.shutdown(socket.SHUT_RD)

    def _secure(self, context: ssl.SSLContext) -> bool:
        """Agree with the client on a key, in the time for its headers; return whether they did."""
        self._socket = secured = context.wrap_socket(
            self._socket, server_side=True, do_handshake_on_connect=False
        )
        self.reading = True
        try:
            with Timeout(self._limits.header_timeout):
                secured.do_handshake()
        except (OSError, Timeout) as error:
            self._service.actor.logging.info(f"{self.address} could not be agreed with on TLS: {error}")
            return False
        finally:
            self.reading = False
        return True

    def _serve_one(self) -> bool:
        """Answer the next request; return whether another may follow."""
        request = None
        try:
            request = self._next()
            if request is None:
                return False
            answer = self._answer(request)
        except Refused as refused:
            return self._refuse(request, refused)
        except GreenletExit:
            self._say_farewell(request)
            raise
        keep = request.keep_alive and self._service.actor.loop()
        self._send(request, answer, keep=keep)
        self._service.record(request, self.address, answer.status)
        return keep

    def _answer(self, request: Request) -> Answer:
        try:
            return self._service.answer(request, self.address)
        except Refused:
            raise
        except Exception as error:
            self._service.actor.logging.error(f"A request could not be answered: {describe(error)}")
            raise Refused(500, "The server failed: look at its logs.") from error

    def _next(self) -> Request | None:
        """Return the next request, or None when the client has gone.

        Raises:
            Refused: It cannot be read to its end, or need not be.
        """
        parser = self._parser
        stage: tuple[Request, bool] | None = None
        deadline = clock.monotonic() + self._patience
        self._patience = self._limits.idle_timeout
        while not parser.requests:
            if parser.flaw is not None:
                raise parser.flaw
            current = parser.current
            if current is not None and stage != (current, current.has_head):
                stage = (current, current.has_head)
                deadline = self._begin_stage(current)
            data = self._receive(deadline)
            if not data:
                self._end()
                return None
            parser.feed(data)
            time_slice.yield_if_expired()
        return parser.requests.popleft()

    def _receive(self, deadline: float) -> bytes:
        """Return the next bytes, or none at the end of the connection or of the client's time."""
        self._socket.settimeout(max(0.001, deadline - clock.monotonic()))
        self.reading = True
        try:
            return self._socket.recv(RECEIVE_BYTES)
        except TimeoutError:
            if self._parser.current is None:
                return b""
            raise flaw(408, "The request did not come in in time.") from None
        finally:
            self.reading = False

    def _begin_stage(self, request: Request) -> float:
        """Decide about a request that comes in pieces; return until when the next ones are waited for."""
        if not request.has_head:
            return clock.monotonic() + self._limits.header_timeout
        self._service.admit(request)
        if request.expects_continue and not request.body:
            self._socket.settimeout(SEND_SECONDS)
            self._socket.sendall(CONTINUE)
        return clock.monotonic() + self._limits.body_timeout

    def _end(self) -> None:
        if self._parser.current is None:
            return
        if not self._service.actor.loop():
            raise self._service.stopping()
        self._service.actor.logging.info(f"{self.address} closed the connection in the middle of a request.")

    def _refuse(self, request: Request | None, refused: Refused) -> bool:
        """Tell why a request is not taken; return whether another may follow."""
        asked = self._parser.current if request is None else request
        keep = request is not None and request.keep_alive and not refused.close and self._service.actor.loop()
        self._send(asked, refused.answer, keep=keep)
        self._service.record(asked, self.address, refused.answer.status, refused.reason)
        if request is None:
            self._linger()
        time_slice.yield_if_expired()
        return keep

    def _say_farewell(self, request: Request | None) -> None:
        """Answer a request that is being worked on when the server is killed."""
        if request is not None:
            refused = self._service.stopping()
            self._send(request, refused.answer, keep=False)
            self._service.record(request, self.address, refused.answer.status, refused.reason)

    def _send(self, request: Request | None, answer: Answer, *, keep: bool) -> None:
        connection = "close"
        if keep:
            connection = "" if request is not None and request.version == "1.1" else "keep-alive"
        with_body = request is None or request.method != "HEAD"
        self._socket.settimeout(SEND_SECONDS)
        self._socket.sendall(answer.render(connection, with_body=with_body))
        self._answered = clock.monotonic()

    def _linger(self) -> None:
        """Throw away what still comes: closing could take the answer from the client (RFC 9112, 9.6)."""
        deadline = clock.monotonic() + LINGER_SECONDS
        self._socket.shutdown(socket.SHUT_WR)
        while (left := deadline - clock.monotonic()) > 0:
            self._socket.settimeout(left)
            try:
                if not self._socket.recv(RECEIVE_BYTES):
                    return
            except TimeoutError:
                return
            time_slice.yield_if_expired()
