from __future__ import annotations

from importlib.metadata import entry_points

from wishbone_flow_fresh import Fresh
from wishbone_testing import Harness, VirtualClock, wait_until
from wishbone_testing.conformance import FlowConformance


def test_is_installed():
    (entry_point,) = entry_points(group="wishbone.flow", name="fresh")
    assert entry_point.load() is Fresh


class TestConformance(FlowConformance):
    module = Fresh
    wrong_arguments = ({"timeout": 0}, {"repeat": 0})

    def may_pass_on(self, payload):
        return True  # it does not look at the payload


def silences(fresh):
    return [event.get("tmp.module.silence") for event in fresh.received("timeout")]


def test_passes_events_on_in_order():
    with VirtualClock(), Harness(Fresh) as fresh:
        settlements = [fresh.feed_acknowledged(number) for number in range(5)]
        assert [event.data for event in fresh.receive_many(5)] == list(range(5))
        assert all(settlement.wait().acknowledged for settlement in settlements)
        assert fresh.received("timeout") == []


def test_creates_an_event_when_none_arrived_for_the_timeout():
    with VirtualClock() as clock, Harness(Fresh, {"timeout": 60, "payload": {"state": "silent"}}) as fresh:
        clock.advance(50)
        fresh.feed("x")
        fresh.wait_until_idle()
        clock.advance(59.9)
        assert fresh.received("timeout") == []
        clock.advance(0.1)
        assert fresh.receive("timeout").data == {"state": "silent"}


def test_before_the_first_event_the_time_counts_from_the_start():
    with VirtualClock() as clock, Harness(Fresh, {"timeout": 60}) as fresh:
        clock.advance(59.9)
        assert silences(fresh) == []
        clock.advance(0.1)
        assert [round(seconds, 3) for seconds in silences(fresh)] == [60]


def test_a_silence_creates_one_event():
    with VirtualClock() as clock, Harness(Fresh, {"timeout": 60}) as fresh:
        clock.advance(1000)
        assert len(silences(fresh)) == 1
        fresh.feed("x")
        fresh.wait_until_idle()
        clock.advance(59.9)
        assert len(silences(fresh)) == 1
        clock.advance(1000)
        assert len(silences(fresh)) == 2


def test_with_repeat_a_silence_creates_more_events():
    with VirtualClock() as clock, Harness(Fresh, {"timeout": 60, "repeat": 10}) as fresh:
        clock.advance(85)
        assert [round(seconds, 3) for seconds in silences(fresh)] == [60, 70, 80]
        fresh.feed("x")
        fresh.wait_until_idle()
        clock.advance(59.9)
        assert len(silences(fresh)) == 3
        clock.advance(10)
        assert [round(seconds, 3) for seconds in silences(fresh)[3:]] == [60]


def test_payloads_share_nothing():
    with VirtualClock() as clock, Harness(Fresh, {"timeout": 1, "repeat": 1, "payload": {"a": []}}) as fresh:
        clock.advance(2)
        one, two = fresh.receive_many(2, "timeout")
        one.data["a"].append(1)
        assert two.data == {"a": []}


def test_events_that_wait_in_the_inbox_do_not_count_as_silence():
    with VirtualClock() as clock, Harness(Fresh, {"timeout": 60}, size=4) as fresh:
        with fresh.stalled():
            for number in range(8):
                fresh.feed(number)
            wait_until(lambda: not fresh.module.pool.getQueue("inbox").empty())
            clock.advance(1000)
            assert silences(fresh) == []
        fresh.receive_many(8)
        clock.advance(60)
        assert len(silences(fresh)) == 1


def test_does_not_wake_up_for_each_event():
    """A steady stream of events wakes its background function now and then, not for each event."""
    with VirtualClock() as clock, Harness(Fresh, {"timeout": 60}) as fresh:
        looks = []
        wait = fresh.module._seconds_to_wait
        fresh.module._seconds_to_wait = lambda: looks.append(1) or wait()
        for number in range(600):
            fresh.feed(number)
            clock.advance(1)
        assert len(looks) <= 12
        assert silences(fresh) == []
