"""Delivery: sends the events of the inbox to one of several destinations."""

from __future__ import annotations

from collections import deque
from itertools import chain, islice
from typing import TYPE_CHECKING, Literal

from gevent.event import Event as Flag

from wishbone_output_socket.destination import Destination

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from wishbone.actor import Actor
    from wishbone.event import Event
    from wishbone_output_socket.connection import Connection

Balance = Literal["failover", "round_robin"]
"""Which destination is next: the first one that can be reached, or each in its turn."""

BATCH_EVENTS = 256
"""Events that are sent at once."""

CHECK_SECONDS = 1.0
"""Seconds between two checks of the connections."""

WAKE_SECONDS = 0.1
"""Seconds between two checks whether the module stops, while no destination can be reached."""


class Delivery:
    """Sends the events of a module's inbox.

    An event counts as consumed when its bytes were handed to the system, not before. To send many at once
    all the same, the events that wait behind it in the queue are sent with it; each of them is then found
    to be sent when it is its turn.
    """

    def __init__(
        self, actor: Actor, peers: Mapping[str, Callable[[], Connection]], balance: Balance = "failover"
    ) -> None:
        """Open nothing yet.

        Args:
            actor: The module. It has a queue `inbox`.
            peers: What opens a connection to each destination, by its name in logs, the preferred one first.
            balance: Which destination is next.
        """
        self._actor = actor
        self._balance = balance
        self._connected = Flag()
        self._inbox = actor.pool.getQueue("inbox")
        self._sent: deque[Event] = deque()
        self._next = 0
        self.destinations = [
            Destination(actor, name, connect, self._connected.set) for name, connect in peers.items()
        ]

    def start(self) -> None:
        """Connect in the background, from the module's `preHook` on."""
        self._inbox = self._actor.pool.getQueue("inbox")
        for destination in self.destinations:
            destination.start()
        self._actor.sendToBackground(self.watch)

    def consume(self, event: Event) -> None:
        """Send an event, and wait while no destination can be reached.

        Raises:
            InvalidData: It cannot be sent.
            ConnectionError: The module stops, and no destination can be reached.
        """
        if self._is_sent(event):
            return
        batch = [event, *islice(self._inbox.items, BATCH_EVENTS - 1)]
        count = self._send(batch)
        self._sent.extend(batch[1:count])

    def watch(self) -> None:
        """Check the connections now and then."""
        while self._actor.sleep(CHECK_SECONDS):
            for destination in self.destinations:
                destination.check()

    def close(self) -> None:
        """End all connections, in the module's `postHook`."""
        for destination in self.destinations:
            destination.close()

    def _is_sent(self, event: Event) -> bool:
        # Those before it that a full queue dropped meanwhile are passed over.
        while self._sent:
            if self._sent.popleft() is event:
                return True
        return False

    def _send(self, batch: list[Event]) -> int:
        """Send events, to another destination or again if the connection is lost; return how many."""
        while True:
            destination, connection = self._choose()
            try:
                return connection.send(batch)
            except OSError as error:
                destination.disconnected(connection, error)

    def _choose(self) -> tuple[Destination, Connection]:
        """Wait for a destination that can be reached.

        Raises:
            ConnectionError: The module stops, and none can be reached.
        """
        while True:
            for number in self._order():
                destination = self.destinations[number]
                if destination.connection is not None:
                    self._next = (number + 1) % len(self.destinations)
                    return destination, destination.connection
            if not self._actor.loop():
                raise self._unreachable()
            self._connected.clear()
            self._connected.wait(WAKE_SECONDS)

    def _order(self) -> Iterable[int]:
        """Return the numbers of the destinations in the order in which they are tried."""
        count = len(self.destinations)
        first = 0 if self._balance == "failover" else self._next
        return chain(range(first, count), range(first))

    def _unreachable(self) -> ConnectionError:
        reasons = "; ".join(f"{each.name}: {each.error}" for each in self.destinations)
        return ConnectionError(f"The module was stopped while no destination could be reached ({reasons}).")
