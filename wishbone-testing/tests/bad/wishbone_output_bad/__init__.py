"""Sends each event as a datagram, and breaks five rules."""

from __future__ import annotations

from typing import TYPE_CHECKING

import gevent
from gevent import socket

from wishbone.module import OutputModule

if TYPE_CHECKING:
    from wishbone.acknowledgement import Acknowledgement
    from wishbone.actor import ActorConfig
    from wishbone.event import Event

__all__ = ["Bad"]


class Bad(OutputModule):
    """Sends each event as a datagram.

        modules:
          input:
            module: wishbone.input.generator
            arguments: {count: 3}
          bad:
            module: wishbone.output.bad
            arguments: {port: 5140}
        routingtable:
          - input.outbox -> bad.inbox

    Args:
        port: The port to send them to.

    Queues:
        inbox: The events to send.
    """

    def __init__(self, config: ActorConfig, port: int = 5140, prefix: str = "") -> None:
        """Consume `inbox`."""
        super().__init__(config)
        self.port = port
        self.prefix = prefix
        self.pool.createQueue("inbox")
        self.registerConsumer(self.consume, "inbox")
        self._pending: list[Acknowledgement] = []
        # Wrong: this belongs into preHook.
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)

    def preHook(self) -> None:
        """Start a heartbeat."""
        # Wrong: this greenlet never ends.
        gevent.spawn(self._beat)

    def consume(self, event: Event) -> None:
        """Send the event."""
        try:
            line = f"{self.prefix}{event.data}\n".encode()
        except Exception as error:  # noqa: BLE001 - wrong: it traps the error of an event
            self.logging.error(f"Dropped an event: {error}")
            return
        self._socket.sendto(line, ("127.0.0.1", self.port))
        if event.acknowledgement is not None:
            # Wrong: it never releases the acknowledgement.
            event.acknowledgement.retain()
            self._pending.append(event.acknowledgement)

    def postHook(self) -> None:
        """Close the socket."""
        self._socket.close()

    def _beat(self) -> None:
        while True:
            gevent.sleep(60)
