from __future__ import annotations

import re
from importlib.metadata import entry_points

from hypothesis import given, settings
from hypothesis import strategies as st

from wishbone_flow_delay import Delay
from wishbone_testing import Harness, VirtualClock, wait_until
from wishbone_testing.conformance import FlowConformance

SHORT = {"seconds": 0.05, "max_events": 100}


def test_is_installed():
    (entry_point,) = entry_points(group="wishbone.flow", name="delay")
    assert entry_point.load() is Delay


class TestConformance(FlowConformance):
    module = Delay
    arguments = SHORT
    wrong_arguments = ({"seconds": 0}, {"max_events": 0})

    def may_pass_on(self, payload):
        return True  # it does not look at the payload


def payloads(delay):
    return [event.data for event in delay.received()]


def test_passes_each_event_on_when_it_is_due_and_not_before():
    with VirtualClock() as clock, Harness(Delay, {"seconds": 60}) as delay:
        for number in range(3):
            delay.feed(number)
            clock.advance(20)
        assert payloads(delay) == [0]
        clock.advance(19.9)
        assert payloads(delay) == [0]
        clock.advance(0.1)
        assert payloads(delay) == [0, 1]
        clock.advance(20)
        assert payloads(delay) == [0, 1, 2]


def test_an_event_after_an_idle_time_waits_as_long_as_others():
    with VirtualClock() as clock, Harness(Delay, {"seconds": 60}) as delay:
        for quiet in (1000.5, 59.5, 60.5):
            clock.advance(quiet)
            delay.feed(quiet)
            clock.advance(59.9)
            assert payloads(delay) == []
            clock.advance(0.1)
            assert delay.receive().data == quiet


def test_an_event_settles_after_the_next_module_and_not_before():
    with VirtualClock() as clock, Harness(Delay, {"seconds": 60}) as delay:
        good, bad = delay.feed_acknowledged("good"), delay.feed_acknowledged("bad")
        clock.advance(59.9)
        assert (good.errors, bad.errors) == ([], [])
        with delay.stalled():
            clock.advance(0.1)
            assert good.errors == []
        assert good.wait().acknowledged
        assert bad.wait().acknowledged


def test_an_event_fails_when_the_next_module_fails_on_it():
    with VirtualClock() as clock, Harness(Delay, {"seconds": 60}) as delay:
        delay.fail_next(queue="outbox")
        settlements = [delay.feed_acknowledged(number) for number in range(2)]
        clock.advance(60)
        assert settlements[0].wait().failed
        assert settlements[1].wait().acknowledged


def test_at_max_events_further_events_wait():
    with VirtualClock() as clock, Harness(Delay, {"seconds": 60, "max_events": 3}) as delay:
        for number in range(10):
            delay.feed(number)
        inbox = delay.module.pool.getQueue("inbox")
        wait_until(lambda: inbox.size() == 6)  # three are delayed, and one waits for room
        clock.advance(60)
        assert payloads(delay) == [0, 1, 2, 3]
        assert inbox.size() == 2
        clock.advance(60)
        assert payloads(delay) == [0, 1, 2, 3, 4, 5, 6, 7]


def test_a_slow_receiver_blocks_it_and_nothing_is_lost():
    with VirtualClock() as clock, Harness(Delay, {"seconds": 1, "max_events": 2}, size=100) as delay:
        delay.module.pool.getQueue("outbox").resize(1)
        settlements = [delay.feed_acknowledged(number) for number in range(20)]
        with delay.stalled():
            clock.advance(100)
            assert sum(not settlement.errors for settlement in settlements) == 20
        clock.advance(100)
        assert payloads(delay) == list(range(20))
        assert all(settlement.acknowledged for settlement in settlements)


def test_delayed_events_are_passed_on_in_order_when_the_module_stops():
    """Including the events that wait for room, and before they are due."""
    with VirtualClock() as clock, Harness(Delay, {"seconds": 3600, "max_events": 3}) as delay:
        settlements = [delay.feed_acknowledged(number) for number in range(10)]
        assert delay.stop() == []
        assert clock.elapsed < 1
        assert payloads(delay) == list(range(10))
        assert all(settlement.acknowledged for settlement in settlements)


def test_an_event_that_arrives_while_the_module_stops_is_sent_at_once():
    with VirtualClock(), Harness(Delay, {"seconds": 3600}) as delay:
        delay.request_stop()
        wait_until(delay.finished.is_set)
        assert delay.feed_acknowledged("late").wait().acknowledged
        assert payloads(delay) == ["late"]


def test_delayed_events_fail_when_the_module_is_killed():
    """Its outbox is full, so it keeps its events until it is killed."""
    with (
        VirtualClock(),
        Harness(Delay, {"seconds": 3600, "max_events": 3}, size=10) as delay,
        delay.stalled(),
    ):
        delay.module.pool.getQueue("outbox").resize(1)
        settlements = [delay.feed_acknowledged(number) for number in range(8)]
        wait_until(lambda: delay.module.pool.getQueue("inbox").size() == 4)
        warned = []
        delay.module.logging.warning = warned.append
        delay.stop(timeout=0)
        assert all(settlement.failed for settlement in settlements)
        assert re.fullmatch(r"Stopped with \d events that were not due\.", warned[-1])


@settings(max_examples=50, deadline=None)
@given(st.lists(st.floats(0, 3) | st.just(0.0), max_size=30), st.integers(1, 5), st.integers(1, 4))
def test_events_leave_in_order_and_never_early(gaps, max_events, seconds):
    times = []
    with (
        VirtualClock() as clock,
        Harness(Delay, {"seconds": seconds, "max_events": max_events}, size=50) as delay,
    ):
        came = delay.module.pool.getQueue("outbox").consumers[0]
        came.function = lambda event: times.append((event.data, clock.elapsed))
        fed = []
        for number, gap in enumerate(gaps):
            clock.advance(gap)
            fed.append(clock.elapsed)
            delay.feed(number)
        clock.advance(seconds * (len(gaps) + 1))
    assert [number for number, _ in times] == list(range(len(gaps)))
    for number, moment in times:
        assert moment >= fed[number] + seconds - 1e-6
        if max_events > len(gaps):
            assert moment <= fed[number] + seconds + 1e-6
