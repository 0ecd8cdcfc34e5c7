"""Server: accepts connections, as many as it is allowed to, and lets none hold up the others."""

from __future__ import annotations

import errno
from collections import Counter, OrderedDict
from typing import TYPE_CHECKING, NamedTuple

from gevent import socket

from wishbone import clock
from wishbone._engine.timeslice import time_slice
from wishbone.diagnostics.log_throttle import LogThrottle
from wishbone_input_socket.connection import Connection
from wishbone_input_socket.outlet import Outlet
from wishbone_input_socket.readers import Readers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from gevent import ssl

    from wishbone.actor import Actor
    from wishbone.arguments import DecoderFactory
    from wishbone_input_socket.outlet import Peer

KEEP_ALIVE = {socket.TCP_KEEPIDLE: 60, socket.TCP_KEEPINTVL: 15, socket.TCP_KEEPCNT: 4}
"""After how many seconds of silence, how often and how many times a peer is asked whether it is there."""

ACCEPT_PAUSE = 0.2
"""Seconds to wait when the system cannot give another connection."""

GONE = frozenset({errno.ECONNABORTED, errno.EPROTO, errno.EINTR})
"""What accepting fails with when the peer has gone meanwhile."""

LOOK_SECONDS = 1.0
"""Seconds between two looks for connections whose time is over, at most."""


class Limits(NamedTuple):
    """What peers may take.

    Args:
        connections: How many there are at a time.
        per_host: How many of them from one address, if that is limited.
        handshake_timeout: Seconds until TLS is agreed upon.
        idle_timeout: Seconds without a byte, if they are limited.
    """

    connections: int
    per_host: int | None
    handshake_timeout: float
    idle_timeout: float | None


class Server:
    """Accepts connections, and ends those whose time is over."""

    outlet: Outlet
    """Brings out what they send; there is one from the start on."""

    def __init__(
        self,
        actor: Actor,
        decoder: DecoderFactory,
        limits: Limits,
        identify: Callable[[socket.socket, object], Peer],
    ) -> None:
        """Prepare it.

        Args:
            actor: The module.
            decoder: Makes a decoder for each connection.
            limits: What peers may take.
            identify: Tells of an accepted socket, and its address, who is at its other end.
        """
        self.actor = actor
        self.decoder = decoder
        self.limits = limits
        self.context: ssl.SSLContext | None = None
        self.readers = Readers(actor)
        self.connections: OrderedDict[Connection, None] = OrderedDict()
        self.draining = False
        self.refused = LogThrottle(actor.logging.warning)
        self._identify = identify
        self._listeners: list[socket.socket] = []
        self._handshaking: OrderedDict[Connection, None] = OrderedDict()
        self._hosts: Counter[str] = Counter()
        self._accept_errors = LogThrottle(actor.logging.error)
        self._failed_handshakes = LogThrottle(actor.logging.warning)
        self._lost_streams = LogThrottle(actor.logging.warning)
        self._timed_out = LogThrottle(actor.logging.notice)

    def start(self, listeners: Iterable[socket.socket], context: ssl.SSLContext | None = None) -> None:
        """Begin to accept, in the module's `preHook`.

        Args:
            listeners: Sockets that listen.
            context: How connections are secured, if they are.
        """
        self.context = context
        self.outlet = Outlet(self.actor)
        self._listeners = list(listeners)
        for listener in self._listeners:
            self.actor.sendToBackground(self.accept, listener)
        self.actor.sendToBackground(self.watch)

    def accept(self, listener: socket.socket) -> None:
        """Accept connections until the module is to stop."""
        while self.actor.loop():
            try:
                accepted, address = listener.accept()
            except OSError as error:
                if self.actor.loop() and error.errno not in GONE:
                    self._wait_after(error)
                continue
            self._admit(accepted, address)
            time_slice.yield_if_expired()

    def watch(self) -> None:
        """Look for connections whose time is over; when the module is to stop, let all end in order."""
        limits = self.limits
        shortest = min(limits.handshake_timeout, limits.idle_timeout or limits.handshake_timeout)
        while self.actor.sleep(min(LOOK_SECONDS, shortest / 4)):
            self._expire()
        self._drain()

    def close(self) -> None:
        """Close everything, in the module's `postHook`."""
        for listener in self._listeners:
            listener.close()
        for connection in list(self.connections):
            connection.close()

    def note_activity(self, connection: Connection) -> None:
        """Note that something was read from a connection."""
        if self.limits.idle_timeout is not None:
            connection.active = clock.monotonic()
            self.connections.move_to_end(connection)

    def note_handshake(self, connection: Connection) -> None:
        """Note that a connection is secured."""
        self._handshaking.pop(connection, None)
        self.note_activity(connection)

    def note_failed_handshake(self, connection: Connection, error: OSError) -> None:
        """Note that a connection cannot be secured."""
        self._failed_handshakes.log(f"The TLS handshake with {connection} failed: {error}")

    def note_lost_stream(self, connection: Connection) -> None:
        """Note that nothing more can be read of what a connection brings."""
        self._lost_streams.log(f"{connection} sent what cannot be read on: the connection is closed.")

    def forget(self, connection: Connection) -> None:
        """Note that a connection is closed."""
        self.connections.pop(connection, None)
        self._handshaking.pop(connection, None)
        if self.limits.per_host is not None:
            host = connection.peer["address"]
            self._hosts[host] -= 1
            if not self._hosts[host]:
                del self._hosts[host]

    def _admit(self, accepted: socket.socket, address: object) -> None:
        """Take a connection in, or close it where there are too many: its peer learns it at once."""
        try:
            peer = self._identify(accepted, address)
        except OSError:
            accepted.close()  # its peer has gone meanwhile
            return
        if self._is_full(peer):
            accepted.close()
            return
        accepted.setblocking(False)
        connection = Connection(self, accepted, peer)
        self.connections[connection] = None
        if self.limits.per_host is not None:
            self._hosts[peer["address"]] += 1
        self._begin(connection)

    def _begin(self, connection: Connection) -> None:
        if self.context is not None:
            self._handshaking[connection] = None
            try:
                connection.secure(self.context)
            except OSError:
                connection.close()  # its peer has gone meanwhile
                return
        connection.wait()

    def _is_full(self, peer: Peer) -> bool:
        limit = self.limits.connections
        if len(self.connections) >= limit:
            cure = "raise 'max_connections', or set 'idle_timeout'"
            self.refused.log(f"A connection was refused, because {limit} are open: {cure}.")
            return True
        per_host = self.limits.per_host
        if per_host is not None and self._hosts[peer["address"]] >= per_host:
            host = peer["address"]
            self.refused.log(
                f"A connection from {host} was refused, it has {per_host}: raise 'max_per_host'."
            )
            return True
        return False

    def _wait_after(self, error: OSError) -> None:
        cure = ""
        if error.errno in {errno.EMFILE, errno.ENFILE}:
            cure = " Raise the limit of open files (LimitNOFILE, ulimit -n), or lower 'max_connections'."
        self._accept_errors.log(f"No connection can be accepted at the moment: {error}.{cure}")
        self.actor.sleep(ACCEPT_PAUSE)

    def _expire(self) -> None:
        now = clock.monotonic()
        for connection in list(self._handshaking):
            if now - connection.active <= self.limits.handshake_timeout:
                break
            self._timed_out.log(f"{connection} did not finish the TLS handshake in time: it is closed.")
            connection.close()
        idle_timeout = self.limits.idle_timeout
        while idle_timeout is not None and self.connections:
            connection = next(iter(self.connections))
            if now - connection.active <= idle_timeout:
                break
            if connection.waits:
                self._timed_out.log(f"{connection} sent nothing for {idle_timeout:g} s: it is closed.")
                connection.expire(f"the connection was closed after {idle_timeout:g} s of silence")
            self.note_activity(connection)

    def _drain(self) -> None:
        """Accept no more, and bring out what has come until now."""
        for listener in self._listeners:
            listener.close()
        self.draining = True
        for connection in list(self.connections):
            if connection.waits:
                connection.stand_in_line()
        self.readers.end()
