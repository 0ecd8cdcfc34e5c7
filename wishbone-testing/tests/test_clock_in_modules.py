"""A virtual clock controls all waits, deadlines and rates of the core."""

from __future__ import annotations

import time
from itertools import pairwise

import gevent
import pytest

from wishbone._engine.background import FIRST_PAUSE, LONGEST_PAUSE
from wishbone.actor import STOP_SECONDS, ActorConfig
from wishbone.event import Event
from wishbone.module import FunctionModule, InputModule
from wishbone.queue import Queue
from wishbone.router import Default
from wishbone_testing import Harness


class Ticking(InputModule):
    """Submits an event at an interval."""

    def __init__(self, config, interval: float = 60, count: int = 5):
        super().__init__(config)
        self.interval = interval
        self.count = count
        self.pool.createQueue("outbox")
        self.sendToBackground(self.tick)

    def tick(self):
        for _ in range(self.count):
            if not self.sleep(self.interval):
                return
            self.submit(Event("tick"), "outbox")


class Batch(FunctionModule):
    """Keeps events, and submits them after a timeout or at the end."""

    def __init__(self, config, timeout: float = 60):
        super().__init__(config)
        self.timeout = timeout
        self.kept = []
        self.pool.createQueue("inbox")
        self.pool.createQueue("outbox")
        self.registerConsumer(self.consume, "inbox")
        self.sendToBackground(self.flush)

    def consume(self, event):
        if event.acknowledgement is not None:
            event.acknowledgement.retain()
        self.kept.append(event)

    def flush(self):
        while self.loop():
            self.sleep(self.timeout)
            kept, self.kept = self.kept, []
            for event in kept:
                self.submit(event, "outbox")
                if event.acknowledgement is not None:
                    event.acknowledgement.release()


class Failing(InputModule):
    """Its background function always fails."""

    def __init__(self, config):
        super().__init__(config)
        self.sendToBackground(self.fail_always)

    def fail_always(self):
        message = "not today"
        raise OSError(message)


class Slow(FunctionModule):
    """Needs some seconds for each event."""

    def __init__(self, config, seconds: float = 1):
        super().__init__(config)
        self.seconds = seconds
        self.pool.createQueue("inbox")
        self.pool.createQueue("outbox")
        self.registerConsumer(self.consume, "inbox")

    def consume(self, event):
        gevent.sleep(self.seconds)
        self.submit(event, "outbox")


def test_an_interval_is_exact(clock, harness):
    ticking = harness(Ticking, {"interval": 60, "count": 5})
    clock.advance(59)
    assert ticking.received() == []
    clock.advance(1 + 60)
    assert [event.timestamp for event in ticking.received()] == [946_684_860.0, 946_684_920.0]


def test_a_pipeline_runs_to_its_end_at_once(clock, harness):
    began = time.monotonic()
    ticking = harness(Ticking, {"interval": 3600, "count": 24}, frequency=86_400)
    ticking.router.block()
    assert len(ticking.received()) == 24
    assert clock.elapsed >= 86_400
    assert time.monotonic() - began < 5


def test_a_batch_is_submitted_at_its_timeout(clock, harness):
    batch = harness(Batch, {"timeout": 60})
    settlement = batch.feed_acknowledged("a")
    clock.advance(59)
    assert not settlement.errors
    clock.advance(1)
    assert batch.receive().data == "a"
    assert settlement.wait().acknowledged


def test_a_batch_is_submitted_when_the_module_stops(clock):
    with Harness(Batch, {"timeout": 60}) as batch:
        batch.feed("a")
        batch.wait_until_idle()
        assert batch.stop() == []
        assert batch.receive().data == "a"
    assert clock.elapsed < 60


def test_the_pause_before_a_background_function_runs_again_doubles_exactly(clock, harness):
    failing = harness(Failing)
    clock.advance(200)
    times = [log.time for log in failing.logs]
    pauses = [round(later - earlier, 3) for earlier, later in pairwise(times)]
    expected = [min(FIRST_PAUSE * 2**number, LONGEST_PAUSE) for number in range(len(pauses))]
    assert pauses == [pytest.approx(pause) for pause in expected]
    assert pauses[-1] == LONGEST_PAUSE


def test_metrics_come_at_their_frequency(clock, harness):
    batch = harness(Batch, frequency=10)
    clock.advance(30)
    moments = {metric.time - 946_684_800 for metric in batch.metrics}
    assert moments == {10.0, 20.0, 30.0}


def test_the_rates_of_a_queue_are_exact(clock):
    queue = Queue(1000)
    for number in range(100):
        queue.put(number)
    clock.advance(10)
    assert queue.stats()["in_rate"] == pytest.approx(10)


def test_stopping_waits_for_what_is_in_flight(clock):
    began = time.monotonic()
    slow = Harness(Slow, {"seconds": STOP_SECONDS - 2})
    with slow:
        slow.feed("a")
        clock.settle()
        assert slow.stop(STOP_SECONDS) == []
        assert [event.data for event in slow.received()] == ["a"]
    assert STOP_SECONDS - 2 <= clock.elapsed < STOP_SECONDS
    assert time.monotonic() - began < 5


def test_stopping_ends_at_its_deadline(clock):
    slow = Harness(Slow, {"seconds": 3600})
    with slow:
        settlement = slow.feed_acknowledged("a")
        clock.settle()
        assert [(left.module, left.events) for left in slow.stop(STOP_SECONDS)] == [("module", 1)]
        assert settlement.failed
    assert STOP_SECONDS <= clock.elapsed < STOP_SECONDS + 2


def test_a_module_without_a_router_stops_at_its_deadline(clock):
    module = Slow(ActorConfig("slow"), seconds=3600)
    module.start()
    module.pool.queue.inbox.put(Event("a"))
    clock.settle()
    module.stop(5)
    assert 5 <= clock.elapsed < 7


def test_a_router_waits_for_all_inputs_to_end(clock):
    router = Default()
    router.registerModule(Ticking, "one", {"interval": 3600, "count": 1})
    router.registerModule(Ticking, "two", {"interval": 7200, "count": 1})
    router.start()
    router.block()
    assert clock.elapsed == pytest.approx(7200, abs=1)
