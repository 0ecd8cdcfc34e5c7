"""Delivery: sends the events of the inbox to one of several destinations."""

from __future__ import annotations

from itertools import chain
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
    """Sends the events of a module's inbox, as many at once as are there.

    An event counts as delivered when its bytes were handed to the system. While no destination can be
    reached, events wait.
    """

    def __init__(
        self, actor: Actor, peers: Mapping[str, Callable[[], Connection]], balance: Balance = "failover"
    ) -> None:
        """Open nothing yet.

        Args:
            actor: The module. Its queue `inbox` gets its consumer.
            peers: What opens a connection to each destination, by its name in logs, the preferred one first.
            balance: Which destination is next.
        """
        self._actor = actor
        self._balance = balance
        self._connected = Flag()
        self._next = 0
        self.destinations = [
            Destination(actor, name, connect, self._connected.set) for name, connect in peers.items()
        ]
        actor.registerConsumer(self.consume, "inbox", batch=BATCH_EVENTS)

    def start(self) -> None:
        """Connect in the background, from the module's `preHook` on."""
        for destination in self.destinations:
            destination.start()
        self._actor.sendToBackground(self.watch)

    def consume(self, events: list[Event]) -> None:
        """Send events, and block while no destination can be reached.

        An event that cannot be encoded or sent fails alone. What is left when the module stops while no
        destination can be reached fails too.
        """
        while events:
            found = self._choose()
            if found is None:
                for event in events:
                    self._actor.fail(event, self._unreachable())
                return
            destination, connection = found
            try:
                count = connection.send(events)
            except OSError as error:
                destination.disconnected(connection, error)
            except Exception as error:  # noqa: BLE001 - whatever it is, it fails the event that it is about
                self._actor.fail(events[0], error)
                events = events[1:]
            else:
                events = events[count:]

    def watch(self) -> None:
        """Check the connections now and then."""
        while self._actor.sleep(CHECK_SECONDS):
            for destination in self.destinations:
                destination.check()

    def close(self) -> None:
        """End all connections, in the module's `postHook`."""
        for destination in self.destinations:
            destination.close()

    def _choose(self) -> tuple[Destination, Connection] | None:
        """Wait for a destination that can be reached; return None if the module stops before."""
        while True:
            for number in self._order():
                destination = self.destinations[number]
                if destination.connection is not None:
                    self._next = (number + 1) % len(self.destinations)
                    return destination, destination.connection
            if not self._actor.loop():
                return None
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
