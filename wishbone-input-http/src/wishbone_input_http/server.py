"""Server: listens, accepts connections, secures them, and lets them end in order."""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING, Any

import gevent
from gevent.pool import Pool

from wishbone._engine.timeslice import time_slice
from wishbone.diagnostics.log_throttle import LogThrottle
from wishbone_input_http.connection import Connection, Limits

if TYPE_CHECKING:
    from gevent import socket, ssl

    from wishbone_input_http.service import Service

POLL_SECONDS = 0.01
"""Seconds between two looks at whether all requests are answered."""

IDLE_SECONDS = 1.0
"""Seconds after which a client that is answered probably does not send its next request just now."""

ROOM_SECONDS = 0.1
"""Seconds between two looks for idle connections, when there is no room for another one."""

ACCEPT_PAUSE = 0.2
"""Seconds to wait when the system cannot give another connection."""

GONE = frozenset({errno.ECONNABORTED, errno.EPROTO, errno.EINTR})
"""What accepting fails with when the client has gone meanwhile."""

KILL_SECONDS = 2.0
"""Seconds that connections are given to tell their clients that the server was killed."""


class Server:
    """Accepts connections, not more at a time than it is allowed to: further ones wait in the system."""

    def __init__(self, service: Service, limits: Limits) -> None:
        """Prepare it.

        Args:
            service: Answers requests.
            limits: What each client may take.
        """
        self.service = service
        self.limits = limits
        self.context: ssl.SSLContext | None = None
        self.connections: set[Connection] = set()
        self._drained = False
        self._pool = Pool()
        self._listeners: list[socket.socket] = []
        self._accepting: list[gevent.Greenlet[..., None]] = []
        self._full = LogThrottle(service.actor.logging.warning)
        self._accept_errors = LogThrottle(service.actor.logging.error)

    def listen(self, listeners: list[socket.socket], max_connections: int) -> None:
        """Keep clients waiting until `start`.

        Args:
            listeners: Where they come.
            max_connections: How many are served at a time.
        """
        self._pool = Pool(max_connections)
        self._listeners = listeners

    def start(self) -> None:
        """Accept connections."""
        self._accepting = [gevent.spawn(self._accept, listener) for listener in self._listeners]

    def drain(self) -> None:
        """Accept no more connections, and wait until those there are have ended.

        Requests in flight are answered. What comes meanwhile on connections that are kept alive is
        refused; when nothing is in flight any more, these are closed.
        """
        self.close()
        while not all(connection.reading for connection in self.connections):
            gevent.sleep(POLL_SECONDS)
        self._drained = True
        for connection in self.connections:
            connection.finish()
        self._pool.join()

    def close(self) -> None:
        """Accept no more connections."""
        gevent.killall(self._accepting)
        for listener in self._listeners:
            listener.close()

    def kill(self) -> None:
        """End the connections that are left: what they wait for is answered with 503."""
        self._pool.kill(timeout=KILL_SECONDS)

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                peer, address = listener.accept()
            except OSError as error:
                if error.errno not in GONE:
                    self._wait_after(error)
            else:
                if self._pool.full():
                    self._make_room()
                self._pool.spawn(self._handle, peer, address)
                time_slice.yield_if_expired()

    def _make_room(self) -> None:
        """Wait until a connection has ended; close the one that was idle for the longest time."""
        self._full.log(
            f"{self._pool.size} connections are open, and further ones wait: raise 'max_connections'."
        )
        while self._pool.full():
            longest = max(self.connections, key=lambda connection: connection.idle_seconds, default=None)
            if longest is not None and longest.idle_seconds >= IDLE_SECONDS:
                longest.finish()
            self._pool.wait_available(ROOM_SECONDS)

    def _wait_after(self, error: OSError) -> None:
        cure = ""
        if error.errno in {errno.EMFILE, errno.ENFILE}:
            cure = " Raise the limit of open files (LimitNOFILE, ulimit -n), or lower 'max_connections'."
        self._accept_errors.log(f"No connection can be accepted at the moment: {error}.{cure}")
        gevent.sleep(ACCEPT_PAUSE)

    def _handle(self, peer: socket.socket, address: tuple[Any, ...]) -> None:
        connection = Connection(peer, str(address[0]), self.service, self.limits, self.context)
        self.connections.add(connection)
        if self._drained:
            connection.finish()
        try:
            connection.serve()
        finally:
            self.connections.remove(connection)
