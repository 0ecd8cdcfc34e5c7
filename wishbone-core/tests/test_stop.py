from __future__ import annotations

from time import monotonic

import gevent
import pytest

from wishbone._engine import shutdown
from wishbone.actor import ActorConfig
from wishbone.error import ModuleInitFailure, WishboneError
from wishbone.event import Event
from wishbone.module import FlowModule, InputModule, OutputModule
from wishbone.router import Default
from wishbone_testing import Settlement, wait_until


class Endless(InputModule):
    """Submits events without end, and records how each settles."""

    def __init__(self, config: ActorConfig) -> None:
        super().__init__(config)
        self.pool.createQueue("outbox")
        self.settlements = []

    def preHook(self) -> None:
        self.sendToBackground(self.produce)

    def produce(self) -> None:
        while self.loop():
            settlement = Settlement()
            self.settlements.append(settlement)
            self.submit(Event(len(self.settlements), settlement), "outbox")
            gevent.sleep(0)


class Pass(FlowModule):
    def __init__(self, config: ActorConfig) -> None:
        super().__init__(config)
        self.pool.createQueue("inbox")
        self.pool.createQueue("outbox")
        self.registerConsumer(self.consume, "inbox")
        self.life = []

    def consume(self, event: Event) -> None:
        self.submit(event, "outbox")

    def postHook(self) -> None:
        self.life.append("closed")


class Sink(OutputModule):
    def __init__(self, config: ActorConfig) -> None:
        super().__init__(config)
        self.pool.createQueue("inbox")
        self.registerConsumer(self.consume, "inbox")
        self.gate = gevent.event.Event()
        self.gate.set()
        self.life = []

    def consume(self, event: Event) -> None:
        self.gate.wait()
        self.life.append(event.data)

    def postHook(self) -> None:
        self.life.append("closed")


class Stubborn(Sink):
    """Its consumer ignores being killed until the test sets a flag."""

    def consume(self, event: Event) -> None:
        while not self.gate.is_set():
            try:
                self.gate.wait()
            except gevent.GreenletExit:
                self.life.append("refused")


def build(sink: type[OutputModule] = Sink, size: int = 10) -> Default:
    router = Default(size=size)
    router.registerModule(Endless, "input")
    router.registerModule(Pass, "between")
    router.registerModule(sink, "output")
    router.connectQueue("input.outbox", "between.inbox")
    router.connectQueue("between.outbox", "output.inbox")
    return router


@pytest.fixture
def _impatient(monkeypatch):
    monkeypatch.setattr(shutdown, "KILL_SECONDS", 0.05)
    monkeypatch.setattr(shutdown, "POST_HOOK_SECONDS", 0.05)


def test_events_in_flight_reach_the_outputs():
    router = build()
    router.start()
    wait_until(lambda: len(router.getModule("input").settlements) > 100)
    assert router.stop() == []
    settlements = router.getModule("input").settlements
    assert all(settlement.acknowledged for settlement in settlements)
    assert router.getModule("output").life == [*range(1, len(settlements) + 1), "closed"]


def test_events_left_after_the_deadline_are_reported_and_fail():
    router = build(size=5)
    router.start()
    output = router.getModule("output")
    output.gate.clear()
    queues = [router.getModule(name).pool.getQueue("outbox") for name in ("input", "between")]
    wait_until(lambda: all(queue.blocked for queue in queues))
    left = router.stop(timeout=0)
    settlements = router.getModule("input").settlements
    assert left == [("input", "outbox", 1), ("between", "inbox", 6), ("output", "inbox", 6)]
    assert output.life[-1] == "closed"
    assert all(len(settlement.errors) == 1 for settlement in settlements)
    assert sum(settlement.acknowledged for settlement in settlements) == len(output.life) - 1


def test_a_second_call_makes_the_deadline_earlier():
    router = build(size=5)
    router.start()
    router.getModule("output").gate.clear()
    wait_until(lambda: router.getModule("between").pool.getQueue("inbox").waited_total)
    first = gevent.spawn(router.stop, timeout=None)
    gevent.sleep(0)
    began = monotonic()
    left = router.stop(timeout=0)
    assert left
    assert first.get(timeout=5) == left
    assert monotonic() - began < 5
    assert router.stop() == left


def test_a_cycle_is_emptied_before_its_modules_close():
    router = Default(size=2)
    router.registerModule(Endless, "input")
    router.registerModule(Again, "again")
    router.connectQueue("input.outbox", "again.inbox")
    router.connectQueue("again.back", "again.returned")
    router.start()
    wait_until(lambda: len(router.getModule("input").settlements) > 20)
    assert router.stop() == []
    assert all(settlement.acknowledged for settlement in router.getModule("input").settlements)


class Again(FlowModule):
    """Sends each event through a cycle three times."""

    def __init__(self, config: ActorConfig) -> None:
        super().__init__(config)
        for queue in ("inbox", "returned", "back"):
            self.pool.createQueue(queue)
        self.registerConsumer(self.consume, "inbox")
        self.registerConsumer(self.consume, "returned")

    def consume(self, event: Event) -> None:
        rounds = event.tmp.setdefault("rounds", 0)
        if rounds < 3:
            event.tmp["rounds"] += 1
            self.submit(event, "back")


@pytest.mark.usefixtures("_impatient")
def test_a_consumer_that_ignores_being_killed_does_not_block_the_stop():
    router = build(Stubborn)
    router.start()
    output = router.getModule("output")
    output.gate.clear()
    settlements = router.getModule("input").settlements
    wait_until(lambda: output.pool.getQueue("inbox").out_total)
    at_work = settlements[output.pool.getQueue("inbox").out_total - 1]
    consumer = output.pool.getQueue("inbox").consumers[0]
    left = router.stop(timeout=0)
    assert output.life == ["refused", "closed"]
    assert at_work.failed
    assert "output" in [module for module, _, _ in left]
    output.gate.set()
    consumer.join(timeout=5)
    assert consumer.dead
    assert at_work.failed
    assert output.life == ["refused", "closed"]


class HangingHook(Sink):
    def postHook(self) -> None:
        while not self.gate.is_set():
            try:
                self.gate.wait()
            except BaseException:  # noqa: BLE001 - it ignores being killed
                self.life.append("refused")


@pytest.mark.usefixtures("_impatient")
def test_a_post_hook_that_hangs_does_not_block_the_stop():
    router = build(HangingHook)
    router.start()
    output = router.getModule("output")
    wait_until(lambda: output.life)
    router.getModule("output").gate.clear()
    router.stop(timeout=0)
    assert output.life[-1] == "refused"
    assert router.getModule("between").life == ["closed"]
    assert any("postHook did not return" in event.data.message for event in output.pool.queue.logs.items)
    output.gate.set()


class BrokenHook(Pass):
    def postHook(self) -> None:
        raise SystemExit(3)


def test_a_post_hook_that_raises_is_reported_and_the_others_close():
    router = Default()
    router.registerModule(BrokenHook, "broken")
    router.registerModule(Sink, "output")
    router.connectQueue("broken.outbox", "output.inbox")
    router.start()
    router.stop()
    assert router.getModule("output").life == ["closed"]
    messages = [event.data.message for event in router.getModule("broken").pool.queue.logs.items]
    assert any("Closing failed: SystemExit" in message for message in messages)


def test_stop_before_start_does_nothing():
    router = build()
    assert router.stop() == []
    router.block()
    router.start()
    wait_until(lambda: router.getModule("output").life)
    router.stop()


def test_started_twice_is_refused():
    router = build()
    router.start()
    with pytest.raises(WishboneError, match="runs once: build another"):
        router.start()
    with pytest.raises(ModuleInitFailure, match="runs once: build another"):
        router.getModule("output").start()
    router.stop()


def test_started_again_after_a_stop_is_refused():
    router = build()
    router.start()
    router.stop()
    with pytest.raises(WishboneError, match="runs once: build another"):
        router.start()
    with pytest.raises(ModuleInitFailure, match="runs once: build another"):
        router.getModule("output").start()
    assert router.getModule("output").life.count("closed") == 1


def test_stopped_twice_closes_once():
    router = build()
    router.start()
    both = [gevent.spawn(router.stop) for _ in range(2)]
    gevent.joinall(both, timeout=10, raise_error=True)
    assert all(call.value == [] for call in both)
    assert router.getModule("output").life.count("closed") == 1


@pytest.mark.parametrize("timeout", [None, 5])
def test_stop_from_within_a_consumer_does_not_wait_for_itself(timeout):
    router = build()
    output = router.getModule("output")
    output.pool.getQueue("inbox").consumers[0].function = lambda event: router.stop(timeout)
    router.start()
    began = monotonic()
    router.block()
    assert monotonic() - began < 5
    assert all(settlement.acknowledged for settlement in router.getModule("input").settlements)


def test_stop_of_a_module_from_within_itself_stops_it():
    sink = Sink(ActorConfig("alone"))
    sink.pool.getQueue("inbox").consumers[0].function = lambda event: sink.stop()
    sink.start()
    sink.pool.getQueue("inbox").put(Event("x"))
    wait_until(lambda: sink.stopped)
    assert sink.life == ["closed"]


class StopsInHook(Sink):
    router: Default

    def preHook(self) -> None:
        self.router.stop(timeout=None)


def test_stop_from_within_a_pre_hook_starts_nothing_more():
    router = build(StopsInHook)
    output = router.getModule("output")
    output.router = router
    router.start()
    router.block()
    assert router.getModule("input").settlements == []
    assert output.stopped


class SlowHook(Pass):
    def preHook(self) -> None:
        self.gate.wait()


def test_stop_while_a_pre_hook_is_at_work_closes_what_it_opened():
    router = Default()
    slow = router.registerModule(SlowHook, "slow")
    slow.gate = gevent.event.Event()
    starter = gevent.spawn(router.start)
    gevent.sleep(0)
    router.stop(timeout=0)
    slow.gate.set()
    starter.get(timeout=5)
    assert slow.stopped
    assert slow.life == ["closed"]


class FailingHook(Pass):
    def preHook(self) -> None:
        raise self.error


@pytest.mark.parametrize(
    ("error", "raised"),
    [
        (OSError("in use"), ModuleInitFailure),
        (gevent.Timeout(1), ModuleInitFailure),
        (SystemExit(1), SystemExit),
    ],
)
def test_a_pre_hook_that_fails_in_the_middle_stops_those_started_before(error, raised):
    router = Default()
    router.registerModule(Endless, "input")
    router.registerModule(FailingHook, "between").error = error
    router.registerModule(Sink, "output")
    router.connectQueue("input.outbox", "between.inbox")
    router.connectQueue("between.outbox", "output.inbox")
    with pytest.raises(raised):
        router.start()
    assert router.getModule("output").life == ["closed"]
    assert router.getModule("between").life == []
    assert router.getModule("input").settlements == []
    assert router.stop() == []


class Keeper(Pass):
    """Keeps events, and submits them in its background function when `loop()` returns False."""

    def __init__(self, config: ActorConfig) -> None:
        super().__init__(config)
        self.kept = []

    def preHook(self) -> None:
        self.sendToBackground(self.hand_on)

    def consume(self, event: Event) -> None:
        event.acknowledgement.retain()
        self.kept.append(event)

    def hand_on(self) -> None:
        while self.loop():
            self.sleep(60)
        for event in self.kept:
            self.submit(event, "outbox")
            event.acknowledgement.release()


def test_events_that_a_module_keeps_are_submitted_at_the_stop():
    router = Default(size=3)
    router.registerModule(Endless, "input")
    router.registerModule(Keeper, "keeper")
    router.registerModule(Sink, "output")
    router.connectQueue("input.outbox", "keeper.inbox")
    router.connectQueue("keeper.outbox", "output.inbox")
    router.start()
    wait_until(lambda: len(router.getModule("keeper").kept) > 20)
    assert router.getModule("output").life == []
    assert router.stop() == []
    settlements = router.getModule("input").settlements
    assert all(settlement.acknowledged for settlement in settlements)
    assert router.getModule("output").life == [*range(1, len(settlements) + 1), "closed"]
