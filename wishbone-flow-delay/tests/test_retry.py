"""A retry route: failed events wait and are tried again."""

from __future__ import annotations

import pytest

from wishbone import ActorConfig
from wishbone.event import Event
from wishbone.module import FlowModule, InputModule, OutputModule
from wishbone.router import Default
from wishbone_flow_delay import Delay
from wishbone_testing import Settlement, wait_until


class Source(InputModule, dynamic_outputs=True):
    pass


class Together(FlowModule):
    """Merges two queues into one."""

    def __init__(self, config) -> None:
        super().__init__(config)
        self.pool.createQueue("outbox")
        for name in ("new", "again"):
            self.pool.createQueue(name)
            self.registerConsumer(lambda event: self.submit(event, "outbox"), name)


class Target(OutputModule):
    """Fails until it is back."""

    def __init__(self, config) -> None:
        super().__init__(config)
        self.away = True
        self.taken = []
        self.attempts = 0
        self.pool.createQueue("inbox")
        self.registerConsumer(self.consume, "inbox")

    def consume(self, event):
        self.attempts += 1
        if self.away:
            raise ConnectionError("away")
        self.taken.append(event.data)


@pytest.fixture
def cycle(clock):
    """All queues have the smallest size, so that each of them is full at some time."""
    router = Default(size=1)
    source = router.registerModule(Source, ActorConfig("source", size=1))
    router.registerModule(Together, "together")
    target = router.registerModule(Target, "target")
    router.registerModule(Delay, "delay", {"seconds": 5, "max_events": 2})
    for route in (
        "source.outbox together.new",
        "together.outbox target.inbox",
        "target.failed delay.inbox",
        "delay.outbox together.again",
    ):
        router.connectQueue(*route.split())
    router.start()
    yield source, target, clock
    router.stop(timeout=0)


def test_failed_events_are_retried_until_accepted_even_when_all_queues_are_full(cycle):
    source, target, clock = cycle
    settlements = []

    def bring():
        for number in range(30):
            settlements.append(Settlement())
            source.submit(Event(number, settlements[-1]), "outbox")

    source.sendToBackground(bring)
    clock.advance(40)
    assert target.attempts >= 8
    assert not any(settlement.errors for settlement in settlements)
    target.away = False
    clock.advance(60)
    wait_until(lambda: len(target.taken) == 30)
    assert sorted(target.taken) == list(range(30))
    assert all(settlement.wait().acknowledged for settlement in settlements)


def test_failed_events_are_not_retried_faster_than_the_delay(cycle):
    source, target, clock = cycle
    source.submit(Event("x"), "outbox")
    clock.advance(52)
    assert target.attempts == 11
