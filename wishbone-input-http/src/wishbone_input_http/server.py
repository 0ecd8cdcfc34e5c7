"""Server: the connections of a module, limited in number, drained at a stop."""

from __future__ import annotations

from typing import TYPE_CHECKING

import gevent
from gevent.pool import Group

from wishbone.diagnostics.log_throttle import LogThrottle
from wishbone_input_http.http_connection import HttpConnection
from wishbone_network import ConnectionLimiter, accept_connections

if TYPE_CHECKING:
    from gevent import socket

    from wishbone_input_http.handler import Handler
    from wishbone_input_http.http_connection import Limits
    from wishbone_network import Tls

POLL_SECONDS = 0.01
"""Seconds between two checks whether all requests have been answered."""

IDLE_SECONDS = 1.0
"""Seconds without a new request after which a connection may be closed for another client."""

FULL_POLL_SECONDS = 0.1
"""Seconds between two checks for connections that can be closed for another client."""

KILL_SECONDS = 2.0
"""Seconds for sending the last responses when the module is killed."""


class Server:
    """Serves at most `max_connections` connections. Further ones wait in the system."""

    def __init__(self, handler: Handler, limits: Limits, max_connections: int, tls: Tls | None) -> None:
        self.connections: set[HttpConnection] = set()
        self._handler = handler
        self._limits = limits
        self._tls = tls
        self._limiter = ConnectionLimiter(handler.actor, max_connections)
        self._full = LogThrottle(handler.actor.logging.warning)
        self._greenlets = Group()
        self._listeners: list[socket.socket] = []
        self._drained = False

    def start(self, listeners: list[socket.socket]) -> None:
        """Accept connections in the background of the module."""
        actor = self._handler.actor
        self._limiter.start()
        self._listeners = listeners
        for listener in listeners:
            actor.sendToBackground(accept_connections, actor, listener, self._serve)
        actor.sendToBackground(self._drain_at_stop)

    def close(self) -> None:
        """Close all connections. Requests that are still being handled are answered with 503."""
        self._close_listeners()
        self._greenlets.kill(timeout=KILL_SECONDS)
        self._limiter.close()

    def _serve(self, accepted: socket.socket, address: tuple[str, int]) -> None:
        if self._limiter.full:
            self._wait_for_room()
        self._limiter.admit()
        tls = None if self._tls is None else self._tls.context
        connection = HttpConnection(accepted, address[0], self._handler, self._limits, tls)
        self.connections.add(connection)
        self._greenlets.spawn(self._run, connection)

    def _run(self, connection: HttpConnection) -> None:
        if self._drained:
            connection.stop_reading()
        try:
            connection.serve()
        finally:
            self.connections.remove(connection)
            self._limiter.leave()

    def _wait_for_room(self) -> None:
        """Wait until a connection has ended; close the one that has been idle longest."""
        self._full.log(f"{self._limiter.open} connections are open, and new ones wait: {self._limiter.cure}.")
        while self._limiter.full:
            idle = max(self.connections, key=lambda connection: connection.idle_seconds)
            if idle.idle_seconds >= IDLE_SECONDS:
                idle.stop_reading()
            gevent.sleep(FULL_POLL_SECONDS)

    def _drain_at_stop(self) -> None:
        """Wait until the module stops, and then until the requests in flight are answered.

        Until then, requests that arrive on open connections are answered with 503.
        """
        while self._handler.actor.sleep(3600):
            pass
        self._close_listeners()
        while not all(connection.reading for connection in self.connections):
            gevent.sleep(POLL_SECONDS)
        self._drained = True
        for connection in self.connections:
            connection.stop_reading()
        self._greenlets.join()

    def _close_listeners(self) -> None:
        for listener in self._listeners:
            listener.close()
