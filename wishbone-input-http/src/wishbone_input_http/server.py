"""Server: listens, accepts connections, secures them, and lets them end in order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import gevent
from gevent import socket
from gevent.pool import Pool
from gevent.server import StreamServer

from wishbone_input_http.connection import Connection, Limits

if TYPE_CHECKING:
    from gevent import ssl

    from wishbone_input_http.service import Service

POLL_SECONDS = 0.01
"""Seconds between two looks at whether all requests are answered."""

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
        self._accepting: list[StreamServer] = []

    def listen(self, listeners: list[socket.socket], max_connections: int) -> None:
        """Keep clients waiting until `start`.

        Args:
            listeners: Where they come.
            max_connections: How many are served at a time.
        """
        self._pool = Pool(max_connections)
        self._accepting = [StreamServer(listener, self._handle, spawn=self._pool) for listener in listeners]

    def start(self) -> None:
        """Accept connections."""
        for accepting in self._accepting:
            accepting.start()

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
        for accepting in self._accepting:
            accepting.close()

    def kill(self) -> None:
        """End the connections that are left: what they wait for is answered with 503."""
        self._pool.kill(timeout=KILL_SECONDS)

    def _handle(self, peer: socket.socket, address: tuple[Any, ...]) -> None:
        connection = Connection(peer, str(address[0]), self.service, self.limits, self.context)
        self.connections.add(connection)
        if self._drained:
            connection.finish()
        try:
            connection.serve()
        finally:
            self.connections.remove(connection)
