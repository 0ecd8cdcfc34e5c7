"""Server: accepts connections up to its limits, and closes those that take too long."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, NamedTuple

from wishbone import clock
from wishbone.diagnostics.log_throttle import LogThrottle
from wishbone_input_socket.connection import Connection
from wishbone_input_socket.emitter import Emitter
from wishbone_input_socket.worker_pool import WorkerPool
from wishbone_network import ConnectionLimiter, accept_connections

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from gevent import socket

    from wishbone.actor import Actor
    from wishbone.arguments import DecoderFactory
    from wishbone_input_socket.emitter import Peer
    from wishbone_network import Tls

CHECK_SECONDS = 1.0
"""Seconds between two checks of the timeouts, at most."""


class Limits(NamedTuple):
    """What peers may take; None means no limit.

    Args:
        connections: The number of open connections.
        per_host: The number of them from one address.
        handshake_timeout: Seconds for the TLS handshake.
        idle_timeout: Seconds without a byte.
    """

    connections: int
    per_host: int | None
    handshake_timeout: float
    idle_timeout: float | None


class Server:
    """Accepts connections for a module, and reads from them."""

    emitter: Emitter
    """Set by `start`."""

    def __init__(
        self,
        actor: Actor,
        decoder: DecoderFactory,
        limits: Limits,
        identify: Callable[[socket.socket, object], Peer],
        tls: Tls | None = None,
    ) -> None:
        """Open nothing yet.

        Args:
            actor: The module.
            decoder: Makes a decoder for each connection.
            limits: What peers may take.
            identify: Returns what events note about a peer, from its socket and address.
            tls: How to speak TLS; None for plain streams.
        """
        self.actor = actor
        self.decoder = decoder
        self.workers = WorkerPool(actor)
        self.limiter = ConnectionLimiter(actor, limits.connections, limits.per_host)
        self.connections: OrderedDict[Connection, None] = OrderedDict()
        self.draining = False
        self.failed_handshakes = LogThrottle(actor.logging.warning)
        self.unreadable = LogThrottle(actor.logging.warning)
        self._limits = limits
        self._identify = identify
        self._tls = tls
        self._listeners: list[socket.socket] = []
        self._handshaking: OrderedDict[Connection, None] = OrderedDict()
        self._timed_out = LogThrottle(actor.logging.notice)

    def start(self, listeners: Iterable[socket.socket]) -> None:
        """Accept connections, in the module's `preHook`."""
        self.emitter = Emitter(self.actor)
        self.limiter.start()
        self._listeners = list(listeners)
        for listener in self._listeners:
            self.actor.sendToBackground(accept_connections, self.actor, listener, self._accepted)
        if self._tls is not None:
            self.actor.sendToBackground(self._tls.watch)
        self.actor.sendToBackground(self.watch)

    def watch(self) -> None:
        """Close connections that take too long; when the module stops, read what has arrived."""
        shortest = min(filter(None, (self._limits.handshake_timeout, self._limits.idle_timeout)))
        while self.actor.sleep(min(CHECK_SECONDS, shortest / 4)):
            self._expire()
        self._drain()

    def close(self) -> None:
        """Close everything, in the module's `postHook`."""
        for listener in self._listeners:
            listener.close()
        for connection in list(self.connections):
            connection.close()
        self.limiter.close()

    def note_activity(self, connection: Connection) -> None:
        """Note that something was read from a connection."""
        if self._limits.idle_timeout is not None:
            connection.active = clock.monotonic()
            self.connections.move_to_end(connection)

    def note_handshake(self, connection: Connection) -> None:
        """Note that the TLS handshake of a connection is done."""
        self._handshaking.pop(connection, None)
        self.note_activity(connection)

    def forget(self, connection: Connection) -> None:
        """Note that a connection is closed."""
        self.connections.pop(connection, None)
        self._handshaking.pop(connection, None)
        self.limiter.leave(connection.peer.get("address"))

    def _accepted(self, accepted: socket.socket, address: object) -> None:
        try:
            peer = self._identify(accepted, address)
        except OSError:
            accepted.close()  # the peer has gone
            return
        if not self.limiter.admit(peer.get("address")):
            accepted.close()  # at once, so that the peer can go elsewhere
            return
        accepted.setblocking(False)
        connection = Connection(self, accepted, peer)
        self.connections[connection] = None
        if self._tls is not None:
            self._handshaking[connection] = None
            try:
                connection.start_tls(self._tls.context)
            except OSError:
                connection.close()  # the peer has gone
                return
        connection.wait()

    def _expire(self) -> None:
        now = clock.monotonic()
        for connection in list(self._handshaking):
            if now - connection.active <= self._limits.handshake_timeout:
                break
            self._timed_out.log(f"{connection} did not finish the TLS handshake in time and was closed.")
            connection.close()
        idle_timeout = self._limits.idle_timeout
        while idle_timeout is not None and self.connections:
            connection = next(iter(self.connections))
            if now - connection.active <= idle_timeout:
                break
            if connection.waiting:
                self._timed_out.log(f"{connection} sent nothing for {idle_timeout:g} s and was closed.")
                connection.expire(f"the connection was closed after {idle_timeout:g} s of silence")
            self.note_activity(connection)

    def _drain(self) -> None:
        for listener in self._listeners:
            listener.close()
        self.draining = True
        for connection in list(self.connections):
            if connection.waiting:
                connection.enqueue()
        self.workers.finish()
