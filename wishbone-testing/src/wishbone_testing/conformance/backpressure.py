"""Conformance: a module waits while its outgoing queues are full."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import gevent
from gevent.event import Event as Flag

from wishbone.actor import Actor, ActorConfig
from wishbone_testing.conformance.consuming import Consuming
from wishbone_testing.conformance.module_under_test import fail
from wishbone_testing.conformance.timeouts import final

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wishbone.event import Event
    from wishbone_testing.harness import Harness
    from wishbone_testing.settlement import Settlement

SIZE = 2
"""The size of queues that should fill up."""


class BlockedSink(Actor, dynamic_inputs=True):
    """Takes one event of each queue and holds it until `opened` is set."""

    def __init__(self, harness: Harness, queues: Iterable[str]) -> None:
        """Consume queues of the module in a harness that is not started yet."""
        super().__init__(ActorConfig("blocked_sink", SIZE))
        self.opened = Flag()
        harness.router.modules[self.name] = self
        for name in queues:
            harness.module.connect(name, self, f"from_{name}")

    def preHook(self) -> None:
        """Consume every connected queue."""
        for name in self.pool.listQueues(names=True, default=False):
            self.registerConsumer(self.hold, name)

    def hold(self, event: Event) -> None:
        """Hold the event."""
        del event
        self.opened.wait()


class Backpressure(Consuming):
    """A module that submits what it consumes."""

    capacity: ClassVar[int] = 1000
    """The number of events that it may hold: somewhat more than its batch or window."""

    def test_respects_back_pressure(self, given: dict[str, Any]) -> None:
        """While its outgoing queues are full, the module holds a bounded number of events."""
        outgoing = self.outgoing(given) or ["success"]
        harness = self.run(given, size=SIZE, unconnected=outgoing)
        sink = BlockedSink(harness, outgoing)
        with harness:
            held = self.held_when_flooded(harness)
            sink.opened.set()
        self.require_bound(held, "while its outgoing queues were full: submit events, which waits, and")

    def held_when_flooded(self, harness: Harness) -> int:
        """Feed more events than the module may hold, and return how many it took without settling them."""
        settlements: list[Settlement] = []

        def feed() -> None:
            for number in range(self.capacity * 2):
                payload = self.good_payload(number)
                settlements.append(harness.feed_acknowledged(payload, self.inbox))

        feeder = gevent.spawn(feed)
        held = final(lambda: sum(not each.errors for each in settlements), self.capacity, self.timeout)
        feeder.kill()
        return held

    def require_bound(self, held: int, when: str) -> None:
        """Fail if the module held more events than it may."""
        if held > self.capacity:
            fail(f"{self.name} ignores back-pressure: it took {held} events {when} bound what it keeps.")
