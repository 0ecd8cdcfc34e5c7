"""The overflow of a route: what a full queue does."""

from __future__ import annotations

from time import monotonic

import gevent
import pytest
from gevent.event import Event as Flag

from wishbone.error import ConfigError, QueueFull
from wishbone.event import Event
from wishbone.module import FlowModule, InputModule, OutputModule
from wishbone.queue import Queue
from wishbone.router import Default
from wishbone_testing import Settlement, wait_until


class Source(FlowModule):
    """Submits events of the test."""

    def __init__(self, config):
        super().__init__(config)
        self.pool.createQueue("outbox")


class Held(OutputModule):
    """Consumes events once the test sets `let_go`."""

    def __init__(self, config):
        super().__init__(config)
        self.pool.createQueue("inbox")
        self.registerConsumer(self.consume, "inbox")
        self.let_go = Flag()
        self.seen = []

    def consume(self, event):
        self.let_go.wait()
        self.seen.append(event.data)


def run(overflow: str, size: int, count: int):
    """Submit events to a sink that is blocked; return settlements, sink and the queue's stats."""
    router = Default()
    source = router.registerModule(Source, "source")
    sink = router.registerModule(Held, "sink")
    router.connectQueue("source.outbox", "sink.inbox", size=size, overflow=overflow)
    router.start()
    queue = source.pool.queue.outbox
    settlements = [Settlement() for _ in range(count)]
    source.submit(Event(0, settlements[0]), "outbox")
    wait_until(lambda: queue.out_total == 1)
    for number in range(1, count):
        source.submit(Event(number, settlements[number]), "outbox")
    stats = queue.stats()
    sink.let_go.set()
    router.stop()
    return settlements, sink, stats


def test_drop_new_keeps_the_oldest_events():
    settlements, sink, stats = run("drop_new", size=3, count=8)
    assert sink.seen == [0, 1, 2, 3]
    assert [settlement.acknowledged for settlement in settlements] == [True] * 4 + [False] * 4
    assert all(isinstance(settlement.errors[0], QueueFull) for settlement in settlements[4:])
    assert (stats["dropped_total"], stats["in_total"], stats["size"]) == (4, 4, 3)


def test_drop_old_keeps_the_newest_events():
    settlements, sink, stats = run("drop_old", size=3, count=8)
    assert sink.seen == [0, 5, 6, 7]
    assert [settlement.acknowledged for settlement in settlements] == [True] + [False] * 4 + [True] * 3
    assert (stats["dropped_total"], stats["in_total"], stats["size"]) == (4, 8, 3)


def test_block_waits_in_a_queue_of_the_given_size():
    router = Default()
    source = router.registerModule(Source, "source")
    sink = router.registerModule(Held, "sink")
    router.connectQueue("source.outbox", "sink.inbox", size=2)
    router.start()
    queue = source.pool.queue.outbox
    submitting = gevent.spawn(lambda: [source.submit(Event(number), "outbox") for number in range(6)])
    wait_until(lambda: queue.waited_total)
    assert queue.size() <= 2
    sink.let_go.set()
    submitting.join(10)
    router.stop()
    assert sink.seen == list(range(6))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"overflow": "drop_odl"}, "Did you mean 'drop_old'"),
        ({"size": 0}, "at least 1 event"),
    ],
)
def test_an_invalid_size_or_overflow_is_refused(options, message):
    router = Default()
    router.registerModule(Source, "source")
    router.registerModule(Held, "sink")
    with pytest.raises(ConfigError, match=message):
        router.connectQueue("source.outbox", "sink.inbox", **options)


class Eager(InputModule):
    """Submits without ever blocking, until other greenlets have run."""

    def __init__(self, config):
        super().__init__(config)
        self.pool.createQueue("outbox")
        self.sendToBackground(self.produce)
        self.let_others_work = False

    def produce(self):
        others = gevent.spawn(gevent.sleep, 0.01)
        deadline = monotonic() + 5
        while not others.dead and monotonic() < deadline:
            self.submit(Event(), "outbox")
        self.let_others_work = others.dead


@pytest.mark.parametrize("overflow", ["drop_new", "drop_old"])
def test_a_producer_whose_events_are_dropped_lets_others_work(overflow):
    router = Default()
    source = router.registerModule(Eager, "source")
    router.registerModule(Held, "sink").let_go.set()
    router.connectQueue("source.outbox", "sink.inbox", size=1, overflow=overflow)
    router.start()
    router.block()
    assert source.let_others_work


def test_drop_old_keeps_one_of_an_event_that_was_put_twice():
    settlement, queue = Settlement(), Queue(1)
    queue.overflow = "drop_old"
    event = Event(1, settlement)
    for _ in range(2):
        settlement.retain()
        queue.put(event)
    assert [*queue.items] == [event]
    assert settlement.references == 2


@pytest.mark.parametrize(("overflow", "kept"), [("drop_new", ["0", "1"]), ("drop_old", ["2", "3"])])
def test_logs_without_a_consumer_are_dropped_as_the_route_says(overflow, kept):
    router = Default()
    source = router.registerModule(Source, "source")
    router.registerModule(Held, "sink")
    router.connectQueue("source.logs", "sink.inbox", size=2, overflow=overflow)
    for number in range(4):
        source.logging.info(str(number))
    logs = source.pool.queue.logs
    assert [event.data.message for event in logs.items] == kept
    assert logs.dropped_total == 2
