"""Delivery: sends the events of the inbox to one of several destinations."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Literal

from gevent.event import Event as Flag

from wishbone import clock
from wishbone_output_socket.destination import Destination

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from wishbone.actor import Actor, EventBatch
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
        self,
        actor: Actor,
        peers: Mapping[str, Callable[[], Connection]],
        balance: Balance = "failover",
        retry_for: float | None = None,
    ) -> None:
        """Open nothing yet.

        Args:
            actor: The module. Its queue `inbox` gets its consumer.
            peers: What opens a connection to each destination, by its name in logs, the preferred one first.
            balance: Which destination is next.
            retry_for: Seconds that events wait for a destination before they fail; None for no limit.
        """
        self._actor = actor
        self._retry_for = retry_for
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

    def consume(self, batch: EventBatch) -> None:
        """Send events, and block while no destination can be reached.

        An event that cannot be encoded or sent fails alone. Those that have waited for too long fail, and so
        does what is left when the module stops while no destination can be reached.
        """
        events: list[Event] = batch
        delivered: list[Event] = []
        since = clock.monotonic()
        while events:
            found = self._choose(since)
            if found is None:
                for event in events:
                    self._actor.fail(event, self._unreachable())
                return
            destination, connection = found
            try:
                count = connection.send(events)
            except OSError as error:
                destination.disconnected(connection, error)
                while delivered:  # they do not wait with the others of their batch
                    batch.succeed(delivered.pop(0))
            except Exception as error:  # noqa: BLE001 - whatever it is, it fails the event that it is about
                self._actor.fail(events[0], error)
                events = events[1:]
            else:
                delivered += events[:count]
                events = events[count:]
                since = clock.monotonic()

    def watch(self) -> None:
        """Check the connections now and then."""
        while self._actor.sleep(CHECK_SECONDS):
            for destination in self.destinations:
                destination.check()

    def close(self) -> None:
        """End all connections, in the module's `postHook`."""
        for destination in self.destinations:
            destination.close()

    def _choose(self, since: float) -> tuple[Destination, Connection] | None:
        """Wait for a destination that can be reached; return None if time is up, or if the module stops."""
        attempted = any(destination.error is not None for destination in self.destinations)
        while True:
            if attempted and self._is_too_long(since):
                return None
            attempted = True
            for number in self._order():
                destination = self.destinations[number]
                if destination.connection is not None:
                    self._next = (number + 1) % len(self.destinations)
                    return destination, destination.connection
            if not self._actor.loop():
                return None
            self._connected.clear()
            self._connected.wait(WAKE_SECONDS)

    def _is_too_long(self, since: float) -> bool:
        return self._retry_for is not None and clock.monotonic() - since >= self._retry_for

    def _order(self) -> Iterable[int]:
        """Return the numbers of the destinations in the order in which they are tried."""
        count = len(self.destinations)
        first = 0 if self._balance == "failover" else self._next
        return chain(range(first, count), range(first))

    def _unreachable(self) -> ConnectionError:
        reasons = "; ".join(f"{each.name}: {each.error}" for each in self.destinations)
        if self._actor.loop():
            return ConnectionError(
                f"No destination took the event within {self._retry_for:g} s ({reasons}). Start one, or raise"
                " 'retry_for'."
            )
        return ConnectionError(f"The module was stopped while no destination could be reached ({reasons}).")
