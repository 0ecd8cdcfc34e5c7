from __future__ import annotations

from time import monotonic

import gevent
import pytest
from gevent.event import Event as Flag

from wishbone._engine.backpressure import blocking_on
from wishbone._engine.process import process_of
from wishbone.actor import Actor, ActorConfig
from wishbone.event import DEAD_LETTER_HOPS, Event
from wishbone.module import FlowModule, InputModule, OutputModule
from wishbone.router import Default
from wishbone_testing import Harness, Settlement, wait_until


class Worker(FlowModule, dynamic_outputs=True):
    def __init__(self, config: ActorConfig, concurrency: int = 1) -> None:
        super().__init__(config)
        self.pool.createQueue("inbox")
        self.registerConsumer(self.consume, "inbox", concurrency)
        self.act = lambda event: self.submit(event, "outbox")

    def consume(self, event: Event) -> None:
        self.act(event)


@pytest.mark.parametrize("death", [gevent.GreenletExit("out"), SystemExit(3)])
def test_a_consumer_that_dies_is_replaced_and_its_event_fails(death):
    def die(event: Event) -> None:
        raise death

    with Harness(Worker, outputs=["outbox"]) as worker:
        worker.module.act, act = die, worker.module.act
        settlement = worker.feed_acknowledged("deadly").wait()
        assert settlement.errors == [death]
        worker.module.act = act
        assert worker.feed_acknowledged("harmless").wait().acknowledged
        assert worker.receive().data == "harmless"
        assert worker.restarts_total == 1
        wait_until(lambda: any("died and is replaced" in message for message in worker.messages()))


def test_a_consumer_killed_from_outside_is_replaced_whether_at_work_or_not():
    with Harness(Worker, outputs=["outbox"]) as worker:
        worker.wait_until_idle()
        for total in (1, 2):
            gevent.kill(worker.module.pool.getQueue("inbox").consumers[0])
            wait_until(lambda total=total: worker.restarts_total == total)
        assert worker.feed_acknowledged("x").wait().acknowledged


def test_a_keyboard_interrupt_reaches_the_main_program():
    def interrupt(event: Event) -> None:
        raise KeyboardInterrupt

    with Harness(Worker) as worker:
        worker.module.act = interrupt
        settlement = worker.feed_acknowledged("x")
        with pytest.raises(KeyboardInterrupt):
            worker.router.block()
        assert settlement.failed


class Ticker(InputModule):
    def __init__(self, config: ActorConfig) -> None:
        super().__init__(config)
        self.runs = 0
        self.sendToBackground(self.tick)

    def tick(self) -> None:
        self.runs += 1
        if self.runs == 1:
            self.death()


def raises(error: BaseException):
    def function() -> None:
        raise error

    return function


@pytest.mark.parametrize("death", [OSError("away"), SystemExit(1), gevent.GreenletExit()])
def test_a_background_function_that_dies_is_restarted(death):
    router = Default()
    ticker = router.registerModule(Ticker, "ticker")
    ticker.death = raises(death)
    router.start()
    router.block()
    assert ticker.runs == 2
    messages = [event.data.message for event in ticker.pool.queue.logs.items]
    assert any(f"tick failed, it starts again in 0.1 s: {type(death).__name__}" in text for text in messages)


def test_background_functions_that_have_ended_are_forgotten():
    with Harness(Worker) as worker:
        for _ in range(10):
            worker.module.sendToBackground(lambda: None)
        wait_until(lambda: process_of(worker.module).idle)
        assert not process_of(worker.module)._background


class Retry(FlowModule):
    """Sends an event through a cycle, a given number of times."""

    def __init__(self, config: ActorConfig, rounds: int = 3, concurrency: int = 1) -> None:
        super().__init__(config)
        for queue in ("inbox", "outbox", "again"):
            self.pool.createQueue(queue)
        self.rounds = rounds
        self.registerConsumer(self.consume, "inbox", concurrency)

    def consume(self, event: Event) -> None:
        event.data += 1
        self.submit(event, "again" if event.data < self.rounds else "outbox")


class RetryInTurn(Retry):
    """Has several consumers, which submit their events in the order in which they took them."""

    last = None

    def consume(self, event: Event) -> None:
        before, own = self.last, Flag()
        self.last = own
        try:
            gevent.sleep(0)
            if before is not None:
                with blocking_on(self.pool.queue.inbox):
                    before.wait()
            super().consume(event)
        finally:
            own.set()


class Merge(FlowModule, dynamic_inputs=True):
    def __init__(self, config: ActorConfig) -> None:
        super().__init__(config)
        self.pool.createQueue("outbox")

    def preHook(self) -> None:
        for queue in self.pool.listQueues(names=True, default=False):
            if queue != "outbox":
                self.registerConsumer(lambda event: self.submit(event, "outbox"), queue)


class Feed(InputModule):
    def __init__(self, config: ActorConfig, count: int = 50) -> None:
        super().__init__(config)
        self.pool.createQueue("outbox")
        self.settlements = [Settlement() for _ in range(count)]
        self.sendToBackground(self.produce)

    def produce(self) -> None:
        for settlement in self.settlements:
            self.submit(Event(0, settlement), "outbox")


class Collect(OutputModule):
    def __init__(self, config: ActorConfig) -> None:
        super().__init__(config)
        self.pool.createQueue("inbox")
        self.received = []
        self.registerConsumer(self.received.append, "inbox")


def cycle(size: int, rounds: int, concurrency: int = 1, hops: int = 0, retry: type = Retry) -> Default:
    router = Default(size=size)
    router.registerModule(Feed, "input")
    router.registerModule(Merge, "merge")
    router.registerModule(retry, "retry", {"rounds": rounds, "concurrency": concurrency})
    router.registerModule(Collect, "output")
    router.connectQueue("input.outbox", "merge.first")
    router.connectQueue("retry.outbox", "output.inbox")
    back = "retry.again"
    for number in range(hops):
        router.registerModule(Merge, f"hop{number}")
        router.connectQueue(back, f"hop{number}.in")
        back = f"hop{number}.outbox"
    router.connectQueue(back, "merge.again")
    router.connectQueue("merge.outbox", "retry.inbox")
    return router


@pytest.mark.parametrize("size", [1, 2, 3, 10])
@pytest.mark.parametrize("concurrency", [1, 3])
@pytest.mark.parametrize("hops", [0, 2])
@pytest.mark.parametrize("retry", [Retry, RetryInTurn])
def test_a_cycle_does_not_deadlock(size, concurrency, hops, retry):
    router = cycle(size, rounds=5, concurrency=concurrency, hops=hops, retry=retry)
    router.start()
    with gevent.Timeout(20):
        router.block()
    assert router.undelivered == []
    assert len(router.getModule("output").received) == 50
    assert all(settlement.acknowledged for settlement in router.getModule("input").settlements)


@pytest.mark.parametrize("size", [1, 5])
def test_the_time_to_live_ends_an_endless_cycle(size):
    router = cycle(size, rounds=1_000_000)
    router.registerModule(Collect, "dead")
    router.connectQueue("retry.failed", "dead.inbox")
    router.registerModule(Collect, "dead_too")
    router.connectQueue("merge.failed", "dead_too.inbox")
    router.start()
    with gevent.Timeout(20):
        router.block()
    dead = [*router.getModule("dead").received, *router.getModule("dead_too").received]
    assert len(dead) == 50
    assert {error["type"] for event in dead for error in event.errors.values()} == {"TTLExpired"}
    assert all(settlement.acknowledged for settlement in router.getModule("input").settlements)


def test_a_cycle_through_failed_ends_too():
    router = Default(size=2)
    router.registerModule(Feed, "input")
    router.registerModule(Merge, "merge")
    worker = router.registerModule(Worker, "worker")
    worker.act = lambda event: 1 / 0
    router.connectQueue("input.outbox", "merge.first")
    router.connectQueue("merge.outbox", "worker.inbox")
    router.connectQueue("worker.failed", "merge.again")
    router.start()
    with gevent.Timeout(20):
        router.block()
    assert all(settlement.failed for settlement in router.getModule("input").settlements)
    assert worker.pool.getQueue("inbox").out_total <= 50 * (254 + DEAD_LETTER_HOPS)


def test_idle_consumers_admit_blocked_puts():
    """Three greenlets consume a queue with room for one event: all three work at the same time."""
    busy = []
    gate = gevent.event.Event()

    def work(event: Event) -> None:
        busy.append(event)
        gate.wait()

    with Harness(Worker, {"concurrency": 3}, size=1) as worker:
        worker.module.act = work
        worker.wait_until_idle()
        feeders = [gevent.spawn(worker.feed, number) for number in range(3)]
        wait_until(lambda: len(busy) == 3)
        gate.set()
        gevent.joinall(feeders)


def test_a_blocked_put_is_not_overtaken():
    with Harness(Worker, size=1, outputs=["outbox"]) as worker:
        gate = gevent.event.Event()
        act = worker.module.act

        def work(event: Event) -> None:
            gate.wait()
            act(event)

        worker.module.act = work
        inbox = worker.module.pool.getQueue("inbox")
        worker.feed(0)
        wait_until(lambda: inbox.out_total == 1)
        feeders = []
        for number in range(1, 6):
            feeders.append(gevent.spawn(worker.feed, number))
            gevent.sleep(0)
        gate.set()
        assert [event.data for event in worker.receive_many(6)] == list(range(6))
        gevent.joinall(feeders)


def spin(seconds: float) -> None:
    end = monotonic() + seconds
    while monotonic() < end:
        pass


class Busy(InputModule):
    """Submits without ever blocking, and works a millisecond for each event."""

    def __init__(self, config: ActorConfig, count: int = 100, work: float = 0.001) -> None:
        super().__init__(config)
        self.pool.createQueue("outbox")
        self.count = count
        self.work = work
        self.made = 0
        self.sendToBackground(self.produce)

    def produce(self) -> None:
        while self.made < self.count and self.loop():
            self.made += 1
            spin(self.work)
            self.submit(Event(self.made), "outbox")


def tick(ticks: list[float]) -> None:
    while True:
        gevent.sleep(0.01)
        ticks.append(monotonic())


def ticks_during(router: Default) -> int:
    ticks = []
    ticker = gevent.spawn(tick, ticks)
    router.start()
    with gevent.Timeout(60):
        router.block()
    ticker.kill()
    return len(ticks)


@pytest.mark.parametrize("work", [0.001, 0.000001])
def test_a_producer_that_never_blocks_lets_others_work(work):
    router = Default()
    router.registerModule(Busy, "busy", {"count": int(0.3 / max(work, 0.000003)), "work": work})
    assert ticks_during(router) >= 5


class Slow(Collect):
    def __init__(self, config: ActorConfig) -> None:
        super().__init__(config)
        self.pool.getQueue("inbox").consumers[0].function = lambda event: spin(0.001)


@pytest.mark.parametrize("size", [1, 10, 10_000])
def test_a_saturated_pipeline_lets_others_work(size):
    router = Default(size=size)
    router.registerModule(Busy, "busy", {"count": 200, "work": 0.0})
    previous = "busy"
    for name in ("one", "two"):
        worker: Actor = router.registerModule(Worker, name)
        worker.act = lambda event, worker=worker: (spin(0.001), worker.submit(event, "outbox"))
        router.connectQueue(f"{previous}.outbox", f"{name}.inbox")
        previous = name
    router.registerModule(Slow, "slow")
    router.connectQueue("two.outbox", "slow.inbox")
    assert ticks_during(router) >= 15


def test_a_full_queue_after_a_busy_producer_lets_others_work():
    router = Default(size=10_000)
    router.registerModule(Busy, "busy", {"count": 200, "work": 0.001})
    router.registerModule(Collect, "output")
    router.connectQueue("busy.outbox", "output.inbox")
    assert ticks_during(router) >= 4
    assert len(router.getModule("output").received) == 200


class Late(FlowModule):
    """Its `preHook` returns only after the router's deadline, while another module is closed."""

    def __init__(self, config: ActorConfig) -> None:
        super().__init__(config)
        self.go_on = Flag()
        self.closed = False

    def preHook(self) -> None:
        self.go_on.wait()

    def postHook(self) -> None:
        self.closed = True


class Lingering(OutputModule):
    late: Late

    def postHook(self) -> None:
        self.late.go_on.set()
        wait_until(lambda: not self.late.stopped or self.late.closed)


def test_a_module_whose_pre_hook_returns_during_the_stop_does_not_start():
    router = Default()
    lingering = router.registerModule(Lingering, "lingering")
    lingering.late = late = router.registerModule(Late, "late")
    starter = gevent.spawn(router.start)
    wait_until(lambda: not lingering.stopped)
    router.stop(timeout=0)
    starter.get()
    assert late.closed


@pytest.mark.parametrize("connected", [True, False])
def test_failing_event_after_event_lets_other_greenlets_run(connected):
    """An input that fails everything it receives, without end, must not keep the hub from its timers."""

    class Failing(InputModule):
        def preHook(self) -> None:
            self.sendToBackground(self.produce)

        def produce(self) -> None:
            while self.loop():
                self.fail(Event("bad"), ValueError("cannot be decoded"))

    with Harness(Failing, unconnected=[] if connected else ["failed"]) as failing, gevent.Timeout(10):
        for _ in range(10):
            gevent.sleep(0.001)
        failing.stop(timeout=1)
