"""Conformance: a module waits when nobody takes what it brings out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import gevent
from gevent.event import Event as Flag

from wishbone.actor import Actor, ActorConfig
from wishbone_testing.conformance.consuming import Consuming
from wishbone_testing.conformance.patience import come_to_rest
from wishbone_testing.conformance.subject import refuse

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wishbone.event import Event
    from wishbone_testing.harness import Harness
    from wishbone_testing.settlement import Settlement

SIZE = 2
"""How many events each queue holds, where they are to fill up."""


class Dam(Actor, dynamic_inputs=True):
    """Takes one event of each queue and keeps it, until it is opened."""

    def __init__(self, harness: Harness, queues: Iterable[str]) -> None:
        """Stand behind queues of the module in a harness.

        Args:
            harness: Not started yet.
            queues: Their names.
        """
        super().__init__(ActorConfig("dam", SIZE))
        self.opened = Flag()
        harness.router.modules[self.name] = self
        for name in queues:
            harness.module.connect(name, self, f"from_{name}")

    def preHook(self) -> None:
        """Consume every queue that was connected."""
        for name in self.pool.listQueues(names=True, default=False):
            self.registerConsumer(self.hold, name)

    def hold(self, event: Event) -> None:
        """Keep the event."""
        del event
        self.opened.wait()


class Flood:
    """Feeds a module with events, as many as it takes, and counts those that are not settled."""

    def __init__(self, suite: Consuming, harness: Harness, limit: int) -> None:
        """Begin to feed.

        Args:
            suite: Makes the payloads.
            harness: Runs the module.
            limit: How many events to feed at most.
        """
        self.settlements: list[Settlement] = []
        self._suite = suite
        self._harness = harness
        self._limit = limit
        self._feeder = gevent.spawn(self._feed)

    @property
    def in_hand(self) -> int:
        """How many events the module has taken and not settled."""
        return sum(not settlement.errors for settlement in self.settlements)

    def stop(self) -> None:
        """Feed no more."""
        self._feeder.kill()

    def _feed(self) -> None:
        suite = self._suite
        for number in range(self._limit):
            payload = suite.good_payload(number)
            self.settlements.append(self._harness.feed_acknowledged(payload, suite.inbox))


class BackPressure(Consuming):
    """A module that brings out what it takes."""

    capacity: ClassVar[int] = 1000
    """How many events it may have in hand: the size of a batch or a window, and some more."""

    def test_respects_back_pressure(self, given: dict[str, Any]) -> None:
        """While nobody takes what it brings out, it takes no more than it can hold."""
        outlets = self.outlets(given) or ["success"]
        harness = self.run(given, size=SIZE, unconnected=outlets)
        dam = Dam(harness, outlets)
        with harness:
            flood = Flood(self, harness, self.capacity * 2)
            in_hand = come_to_rest(lambda: flood.in_hand, self.capacity, self.patience)
            flood.stop()
            dam.opened.set()
        if in_hand > self.capacity:
            refuse(
                f"{self.name} knows no back-pressure: it took {in_hand} events while nobody took what it"
                " brings out: bring events out with submit, which waits, and bound what is kept."
            )
