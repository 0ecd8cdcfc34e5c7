"""A consumer that takes batches settles each event by itself."""

from __future__ import annotations

import gevent
import pytest

from wishbone import ActorConfig, Event
from wishbone.error import TTLExpired
from wishbone.event import TTL
from wishbone.module import OutputModule
from wishbone_testing import Harness, Settlement, wait_until


class Batches(OutputModule):
    """Records the batches that it gets, and calls the test's function with each."""

    def __init__(self, config: ActorConfig, batch: int = 4, concurrency: int = 1) -> None:
        super().__init__(config)
        self.pool.createQueue("inbox")
        self.registerConsumer(self.consume, "inbox", concurrency=concurrency, batch=batch)
        self.batches = []
        self.gate = gevent.event.Event()
        self.gate.set()
        self.act = lambda events: None

    def consume(self, events: list[Event]) -> None:
        self.batches.append([event.data for event in events])
        self.gate.wait()
        self.act(events)


def feed_together(harness, values):
    """Feed events while the consumer works on the first one, so that the others form a batch."""
    harness.module.gate.clear()
    first = harness.feed_acknowledged("first")
    wait_until(lambda: harness.module.batches == [["first"]])
    settlements = [harness.feed_acknowledged(value) for value in values]
    harness.module.gate.set()
    return first, settlements


def test_a_batch_is_what_is_there_up_to_a_number():
    with Harness(Batches) as module:
        feed_together(module, range(6))
        module.wait_until_idle()
        assert module.module.batches == [["first"], [0, 1, 2, 3], [4, 5]]


def test_each_event_is_acknowledged_and_goes_to_success_in_order():
    with Harness(Batches) as module:
        first, settlements = feed_together(module, range(6))
        assert [event.data for event in module.receive_many(7, "success")] == ["first", *range(6)]
        assert all(settlement.wait().acknowledged for settlement in [first, *settlements])


@pytest.mark.parametrize("unconnected", [[], ["failed"]])
def test_one_event_fails_and_the_others_of_its_batch_succeed(unconnected):
    def act(events):
        for event in events:
            if event.data == 1:
                module.module.fail(event, ValueError("one"))

    with Harness(Batches, unconnected=unconnected) as module:
        module.module.act = act
        _, settlements = feed_together(module, range(3))
        assert [event.data for event in module.receive_many(3, "success")] == ["first", 0, 2]
        if unconnected:
            assert str(settlements[1].wait().errors[0]) == "one"
        else:
            failed = module.receive("failed")
            assert (failed.data, failed.errors["module"]["message"]) == (1, "one")
            assert settlements[1].wait().acknowledged
        assert settlements[0].wait().acknowledged
        assert settlements[2].wait().acknowledged


def test_an_exception_fails_all_that_have_not_failed_yet():
    def act(events):
        if len(events) > 1:
            module.module.fail(events[0], KeyError("zero"))
            raise ValueError("all")

    with Harness(Batches, unconnected=["failed"]) as module:
        module.module.act = act
        first, settlements = feed_together(module, range(3))
        errors = [settlement.wait().errors for settlement in settlements]
        assert [[type(error) for error in each] for each in errors] == [
            [KeyError],
            [ValueError],
            [ValueError],
        ]
        assert first.wait().acknowledged
        assert [event.data for event in module.received("success")] == ["first"]


def test_an_event_that_fails_twice_goes_to_failed_once():
    def act(events):
        module.module.fail(events[0], ValueError("once"))
        module.module.fail(events[0], ValueError("twice"))

    with Harness(Batches) as module:
        module.module.act = act
        assert module.feed_acknowledged("x").wait().acknowledged
        assert [event.errors["module"]["message"] for event in module.received("failed")] == ["once"]


def test_a_function_may_empty_the_list():
    with Harness(Batches) as module:
        module.module.act = list.clear
        _, settlements = feed_together(module, range(3))
        assert all(settlement.wait().acknowledged for settlement in settlements)


def test_events_at_the_end_of_their_life_fail_and_the_others_are_consumed():
    with Harness(Batches, unconnected=["failed"]) as module:
        module.module.gate.clear()
        module.feed("first")
        wait_until(lambda: module.module.batches)
        settlements = [Settlement(), Settlement()]
        for data, settlement in zip(["old", "young"], settlements, strict=True):
            event = Event(data, settlement)
            event.ttl = 0 if data == "old" else TTL
            module.feed(event)
        module.module.gate.set()
        assert isinstance(settlements[0].wait().errors[0], TTLExpired)
        assert settlements[1].wait().acknowledged
        assert module.module.batches == [["first"], ["young"]]


@pytest.mark.parametrize("death", [gevent.GreenletExit(), SystemExit(3)])
def test_a_batch_whose_consumer_dies_fails_whole_and_another_consumer_goes_on(death):
    def act(events):
        if len(events) > 1:
            raise death

    with Harness(Batches) as module:
        module.module.act = act
        _, settlements = feed_together(module, range(3))
        assert all(settlement.wait().failed for settlement in settlements)
        assert module.feed_acknowledged("next").wait().acknowledged
        assert module.restarts_total == 1


def test_a_batch_that_a_stop_interrupts_fails_and_is_counted():
    with Harness(Batches) as module:
        module.module.gate.clear()
        module.feed("first")
        wait_until(lambda: module.module.batches)
        settlements = [module.feed_acknowledged(value) for value in range(3)]
        module.module.act = lambda events: len(events) == 1 or gevent.sleep(60)
        module.module.gate.set()
        wait_until(lambda: len(module.module.batches) == 2)
        (undelivered,) = module.stop(timeout=0)
    assert undelivered == ("module", "inbox", 3)
    assert all(settlement.failed for settlement in settlements)


def test_several_consumers_share_the_batches():
    with Harness(Batches, {"concurrency": 2, "batch": 1}) as module:
        module.module.gate.clear()
        for value in range(3):
            module.feed(value)
        wait_until(lambda: len(module.module.batches) == 2)
        module.module.gate.set()
        module.wait_until_idle()
        assert sorted(module.module.batches) == [[0], [1], [2]]


def collect(batch, seconds=3600):
    while batch.wait_for_more(seconds):
        pass


def collecting(harness, seconds=3600):
    """Let the function wait for more events; return the list of the batches that were complete."""
    complete = []

    def act(events):
        collect(events, seconds)
        complete.append([event.data for event in events])

    harness.module.act = act
    return complete


def test_a_function_can_wait_until_its_batch_is_full():
    with Harness(Batches) as module:
        complete = collecting(module)
        settlements = []
        for number in range(8):
            settlements.append(module.feed_acknowledged(number))
            gevent.sleep(0)
        assert all(settlement.wait().acknowledged for settlement in settlements)
        assert complete == [[0, 1, 2, 3], [4, 5, 6, 7]]
        assert [event.data for event in module.receive_many(8, "success")] == [*range(8)]


def test_a_batch_can_be_larger_than_the_queue():
    with Harness(Batches, {"batch": 50}, size=3) as module:
        complete = collecting(module)
        settlements = [module.feed_acknowledged(number) for number in range(50)]
        assert all(settlement.wait().acknowledged for settlement in settlements)
        assert complete == [[*range(50)]]


def test_events_join_the_batch_that_waits_for_them_although_other_consumers_are_idle():
    with Harness(Batches, {"concurrency": 4}) as module:
        complete = collecting(module)
        settlements = []
        for number in range(8):
            settlements.append(module.feed_acknowledged(number))
            gevent.sleep(0.001)
        assert all(settlement.wait().acknowledged for settlement in settlements)
        assert complete == [[0, 1, 2, 3], [4, 5, 6, 7]]


def test_waiting_for_more_events_ends_after_its_time():
    with Harness(Batches) as module:
        complete = collecting(module, 0.05)
        assert module.feed_acknowledged(1).wait().acknowledged
        assert module.feed_acknowledged(2).wait().acknowledged
        assert complete == [[1], [2]]


def test_events_that_are_there_are_taken_without_waiting():
    with Harness(Batches) as module:
        complete = collecting(module, 0)
        feed_together(module, range(3))
        module.wait_until_idle()
        assert complete == [["first", 0, 1, 2]]


def test_events_that_came_later_fail_and_succeed_by_themselves():
    def act(events):
        collect(events)
        module.module.fail(events[2], ValueError("two"))

    with Harness(Batches, unconnected=["failed"]) as module:
        module.module.act = act
        settlements = []
        for number in range(4):
            settlements.append(module.feed_acknowledged(number))
            gevent.sleep(0)
        assert [bool(settlement.wait().failed) for settlement in settlements] == [False, False, True, False]


def test_late_events_at_the_end_of_their_life_fail_and_the_others_join_the_batch():
    with Harness(Batches, unconnected=["failed"]) as module:
        complete = collecting(module, 0.2)
        module.feed(1)
        wait_until(lambda: module.module.batches)
        old = Event("old")
        old.ttl = 0
        module.feed(old)
        module.feed(2)
        wait_until(lambda: complete)
        assert complete == [[1, 2]]


def test_a_stop_does_not_wait_for_more_events():
    with Harness(Batches, {"concurrency": 2}) as module:
        complete = collecting(module)
        settlement = module.feed_acknowledged(1)
        wait_until(lambda: module.module.batches)
        assert module.stop() == []
        assert complete == [[1]]
        assert settlement.acknowledged


def test_a_killed_function_that_waits_for_more_events_fails_all_of_them():
    with Harness(Batches) as module:
        collecting(module)
        settlements = []
        for number in range(3):
            settlements.append(module.feed_acknowledged(number))
            gevent.sleep(0)
        wait_until(module.module.pool.queue.inbox.empty)
        module.stop(timeout=0)
        assert all(settlement.wait().failed for settlement in settlements)


def test_a_failure_that_ends_after_its_batch_concerns_no_later_event():
    """A greenlet of the module fails an event, and waits for room in `failed` until the batch is over."""

    class Late(Batches):
        def late(self, events: list[Event]) -> None:
            greenlets.append(gevent.spawn(self.fail, events[0], ValueError("late")))
            gevent.sleep(0)  # it begins while the batch is at work

    greenlets: list[gevent.Greenlet] = []
    with Harness(Late, size=1) as module:
        with module.stalled("failed"):
            module.module.act = module.module.late
            for number in range(3):  # one is with the consumer of `failed`, one in the queue, one blocked
                assert module.feed_acknowledged(number)
                wait_until(lambda number=number: len(greenlets) == number + 1)
            module.module.act = lambda events: None
        gevent.joinall(greenlets, timeout=5)
        assert all(consumer._outcomes == {} for consumer in module.module.pool.queue.inbox.consumers)
        assert module.feed_acknowledged("next").wait().acknowledged


@pytest.mark.parametrize("unconnected", [[], ["success"]])
def test_an_event_can_succeed_before_the_others(unconnected):
    with Harness(Batches, unconnected=unconnected) as module:
        goes_on = gevent.event.Event()

        def act(events):
            if len(events) > 1:
                events.succeed(events[2])
                events.succeed(events[0])
                goes_on.wait()

        module.module.act = act
        first, settlements = feed_together(module, range(4))
        assert settlements[0].wait().acknowledged
        assert settlements[2].wait().acknowledged
        assert not settlements[1].errors
        assert not settlements[3].errors
        goes_on.set()
        assert all(settlement.wait().acknowledged for settlement in [first, *settlements])
        assert all(len(settlement.errors) == 1 for settlement in settlements)
        if not unconnected:
            assert [event.data for event in module.receive_many(5, "success")] == ["first", 2, 0, 1, 3]


def test_an_event_that_has_failed_or_succeeded_does_not_succeed_again():
    with Harness(Batches) as module:
        module.module.act = lambda events: _settle_several_times(module.module, events)
        first, settlements = feed_together(module, range(2))
        assert all(settlement.wait().acknowledged for settlement in [first, *settlements])
        module.wait_until_idle()
        assert [event.data for event in module.received("success")] == ["first", 0]
        assert [event.data for event in module.received("failed")] == [1]


def _settle_several_times(module, events):
    for event in events:
        if event.data == 1:
            module.fail(event, ValueError("bad"))
        events.succeed(event)
        events.succeed(event)


def test_events_that_succeeded_early_survive_a_stop_that_fails_the_others():
    with Harness(Batches, unconnected=["failed"]) as module:

        def act(events):
            if len(events) > 1:
                events.succeed(events[1])
                gevent.sleep(60)

        module.module.act = act
        _, settlements = feed_together(module, range(3))
        assert settlements[1].wait().acknowledged
        module.stop(timeout=0)
        assert [settlement.wait().acknowledged for settlement in settlements] == [False, True, False]
