"""Readers: the greenlets that serve connections, as many as have something to say, up to a limit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gevent.queue import SimpleQueue

from wishbone._engine.timeslice import time_slice

if TYPE_CHECKING:
    from wishbone.actor import Actor
    from wishbone_input_socket.connection import Connection

MAX_READERS = 64
"""How many connections are served at a time: so many chunks are in memory while the queue is full."""


class Readers:
    """Serves connections in the order in which they had something to say.

    Each gets one turn, and then stands at the end of the line again: one that sends without a pause does
    not keep the others waiting. One that waits for room in a queue keeps its reader; the others go on.
    """

    def __init__(self, actor: Actor) -> None:
        """Start nothing yet.

        Args:
            actor: The module, whose background functions they are.
        """
        self._actor = actor
        self._line: SimpleQueue[Connection | None] = SimpleQueue()
        self._idle = 0
        self._count = 0

    def enqueue(self, connection: Connection) -> None:
        """Put a connection at the end of the line."""
        self._line.put(connection)
        if self._line.qsize() > self._idle and self._count < MAX_READERS:
            self._count += 1
            self._actor.sendToBackground(self._serve)

    def end(self) -> None:
        """Serve who stands in line, and then no more."""
        for _ in range(self._count):
            self._line.put(None)

    def _serve(self) -> None:
        while True:
            self._idle += 1
            try:
                connection = self._line.get()
            finally:
                self._idle -= 1
            if connection is None:
                return
            connection.serve()
            time_slice.yield_if_expired()
