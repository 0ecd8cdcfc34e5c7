"""WorkerPool: greenlets that read connections which have something to read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gevent.queue import SimpleQueue

from wishbone.actor import yield_if_due

if TYPE_CHECKING:
    from wishbone.actor import Actor
    from wishbone_input_socket.connection import Connection

MAX_WORKERS = 64
"""Connections that are read at a time: as many chunks are in memory while the queue is full."""


class WorkerPool:
    """Serves connections in the order in which they were enqueued.

    A connection is served for one chunk and then goes to the end of the line, so one that sends without a
    pause does not delay the others. One that waits for room in a queue blocks its worker only.
    """

    def __init__(self, actor: Actor) -> None:
        """Start no worker yet; they are background functions of the module."""
        self._actor = actor
        self._line: SimpleQueue[Connection | None] = SimpleQueue()
        self._idle = 0
        self._count = 0

    def enqueue(self, connection: Connection) -> None:
        """Put a connection at the end of the line."""
        self._line.put(connection)
        if self._line.qsize() > self._idle and self._count < MAX_WORKERS:
            self._count += 1
            self._actor.sendToBackground(self._work)

    def finish(self) -> None:
        """End each worker once the connections that are in line now are served."""
        for _ in range(self._count):
            self._line.put(None)

    def _work(self) -> None:
        while True:
            self._idle += 1
            try:
                connection = self._line.get()
            finally:
                self._idle -= 1
            if connection is None:
                return
            connection.serve()
            yield_if_due()
