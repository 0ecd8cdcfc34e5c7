"""Server: the connections of a module, limited in number, drained at a stop."""

from __future__ import annotations

from collections import Counter, deque
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

MAX_WAITING = 100
"""Connections that wait because their host has its share. Further ones of such hosts are closed."""

KILL_SECONDS = 2.0
"""Seconds for sending the last responses when the module is killed."""


class Server:
    """Serves at most `max_connections` connections, so many that no single host can have all of them."""

    def __init__(self, handler: Handler, limits: Limits, max_connections: int, tls: Tls | None) -> None:
        self.connections: set[HttpConnection] = set()
        self._handler = handler
        self._limits = limits
        self._tls = tls
        self._limiter = ConnectionLimiter(handler.actor, max_connections)
        self._full = LogThrottle(handler.actor.logging.warning)
        self._over_share = LogThrottle(handler.actor.logging.warning)
        self._greenlets = Group()
        self._hosts: Counter[str] = Counter()
        self._waiting: deque[tuple[socket.socket, str]] = deque()
        self._listeners: list[socket.socket] = []
        self._drained = False

    def start(self, listeners: list[socket.socket]) -> None:
        """Accept connections in the background of the module."""
        actor = self._handler.actor
        self._limiter.start()
        self._listeners = listeners
        for listener in listeners:
            actor.sendToBackground(accept_connections, actor, listener, self._accept)
        actor.sendToBackground(self._drain_at_stop)

    def close(self) -> None:
        """Close all connections. Requests that are still being handled are answered with 503."""
        self._close_listeners()
        self._greenlets.kill(timeout=KILL_SECONDS)
        for accepted, _ in self._waiting:
            accepted.close()
        self._limiter.close()

    def _accept(self, accepted: socket.socket, address: tuple[str, int]) -> None:
        host = address[0]
        if self._limiter.full:
            self._wait_for_room()
        if not self._has_its_share(host):
            self._serve(accepted, host)
            return
        self._over_share.log(
            f"{host} has {self._share} connections open, and new ones wait: {self._limiter.cure}."
        )
        if len(self._waiting) >= MAX_WAITING:
            accepted.close()
            return
        self._waiting.append((accepted, host))
        if len(self._waiting) == 1:
            self._greenlets.spawn(self._serve_waiting)

    def _serve_waiting(self) -> None:
        """Serve the connections that wait, each when its host has fewer open."""
        while self._waiting:
            gevent.sleep(FULL_POLL_SECONDS)
            self._close_longest_idle()
            for _ in range(len(self._waiting)):
                accepted, host = self._waiting.popleft()
                if self._limiter.full or self._has_its_share(host):
                    self._waiting.append((accepted, host))
                else:
                    self._serve(accepted, host)

    def _serve(self, accepted: socket.socket, host: str) -> None:
        self._limiter.admit()
        self._hosts[host] += 1
        tls = None if self._tls is None else self._tls.context
        connection = HttpConnection(accepted, host, self._handler, self._limits, tls)
        self.connections.add(connection)
        self._greenlets.spawn(self._run, connection)

    @property
    def _share(self) -> int:
        """The number of connections that one host may have: a tenth of all is left for the others."""
        return self._limiter.limit - self._limiter.limit // 10

    def _has_its_share(self, host: str) -> bool:
        return self._hosts[host] >= self._share

    def _run(self, connection: HttpConnection) -> None:
        if self._drained:
            connection.stop_reading()
        try:
            connection.serve()
        finally:
            self.connections.remove(connection)
            self._limiter.leave()
            self._hosts[connection.peer] -= 1
            if not self._hosts[connection.peer]:
                del self._hosts[connection.peer]

    def _wait_for_room(self) -> None:
        """Let new connections wait in the system until one has ended."""
        self._full.log(f"{self._limiter.open} connections are open, and new ones wait: {self._limiter.cure}.")
        while self._limiter.full:
            self._close_longest_idle()
            gevent.sleep(FULL_POLL_SECONDS)

    def _close_longest_idle(self) -> None:
        longest = max(self.connections, key=lambda connection: connection.idle_seconds, default=None)
        if longest is not None and longest.idle_seconds >= IDLE_SECONDS:
            longest.stop_reading()

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
