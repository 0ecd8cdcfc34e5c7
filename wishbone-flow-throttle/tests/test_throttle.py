from __future__ import annotations

from importlib.metadata import entry_points

from wishbone.router import Default
from wishbone_cli.lint import lint_graph
from wishbone_flow_throttle import Throttle
from wishbone_testing import Harness, VirtualClock, wait_until
from wishbone_testing.conformance import FlowConformance

QUICK = {"rate": 100_000, "burst": 1000}
DROPPING = {"rate": 1, "burst": 1000, "excess": "drop", "key": "data"}


def test_is_installed():
    (entry_point,) = entry_points(group="wishbone.flow", name="throttle")
    assert entry_point.load() is Throttle


class TestConformance(FlowConformance):
    module = Throttle
    arguments = QUICK
    wrong_arguments = ({"rate": 0}, {"burst": 0}, {"excess": "queue"}, {"per": 0})

    def may_pass_on(self, payload):
        return True  # without a key it does not look at the payload


class TestConformanceWhenItDrops(FlowConformance):
    module = Throttle
    arguments = DROPPING


def test_excess_events_wait():
    with VirtualClock() as clock, Harness(Throttle, {"rate": 2, "burst": 3}) as throttle:
        for number in range(6):
            throttle.feed(number)
        came = []
        for _ in range(8):
            clock.advance(0.25)
            came.append(len(throttle.received()))
        assert came == [3, 4, 4, 5, 5, 6, 6, 6]
        assert [event.data for event in throttle.received()] == list(range(6))


def test_a_rate_can_be_per_minute():
    with VirtualClock() as clock, Harness(Throttle, {"rate": 6, "per": 60}) as throttle:
        for number in range(5):
            throttle.feed(number)
        clock.advance(29.9)
        assert len(throttle.received()) == 3
        clock.advance(0.1)
        assert len(throttle.received()) == 4


def test_a_waiting_event_blocks_the_inbox():
    with VirtualClock() as clock, Harness(Throttle, {"rate": 1}, size=4) as throttle:
        for number in range(4):
            throttle.feed(number)
        inbox = throttle.module.pool.getQueue("inbox")
        wait_until(lambda: inbox.size() == 2)
        clock.advance(0.9)
        assert inbox.size() == 2
        clock.advance(0.1)
        assert inbox.size() == 1


def test_an_idle_time_fills_the_bucket_up_to_burst():
    with VirtualClock() as clock, Harness(Throttle, {"rate": 1, "burst": 2, "excess": "drop"}) as throttle:
        for pause, came in ((0, 2), (1, 1), (1.5, 1), (0.5, 1), (1000, 2)):
            clock.advance(pause)
            for number in range(5):
                throttle.feed(number)
            throttle.wait_until_idle()
            assert len(throttle.receive_many(came)) == came
            assert throttle.received() == []


def test_with_excess_drop_excess_events_are_dropped():
    with VirtualClock(), Harness(Throttle, {"rate": 1, "excess": "drop"}) as throttle:
        settlements = [throttle.feed_acknowledged(number) for number in range(3)]
        assert [event.data for event in throttle.receive_many(2, "dropped")] == [1, 2]
        assert throttle.receive().data == 0
        assert all(settlement.wait().acknowledged for settlement in settlements)


def test_dropped_events_are_acknowledged_when_dropped_is_not_connected():
    arguments = {"rate": 1, "excess": "drop"}
    with VirtualClock(), Harness(Throttle, arguments, unconnected=["dropped"]) as throttle:
        settlements = [throttle.feed_acknowledged(number) for number in range(3)]
        assert all(settlement.wait().acknowledged for settlement in settlements)
        assert throttle.module.pool.getQueue("dropped").dropped_total == 2


def test_each_key_has_its_own_rate():
    arguments = {"rate": 1, "burst": 2, "excess": "drop", "key": "data.user"}
    with VirtualClock(), Harness(Throttle, arguments) as throttle:
        for user in "aaabab":
            throttle.feed({"user": user})
        throttle.wait_until_idle()
        assert [event.data["user"] for event in throttle.received()] == ["a", "a", "b", "b"]
        assert [event.data["user"] for event in throttle.received("dropped")] == ["a", "a"]


def test_an_event_without_the_key_fails_and_takes_no_token():
    arguments = {"rate": 1, "excess": "drop", "key": "data.user"}
    with VirtualClock(), Harness(Throttle, arguments) as throttle:
        throttle.feed({})
        throttle.feed({"user": "a"})
        assert throttle.receive().data == {"user": "a"}
        assert "no key 'data.user'" in throttle.receive("failed").errors["module"]["message"]


def test_max_keys_limits_the_keys_in_memory():
    arguments = {"rate": 0.001, "excess": "drop", "key": "data", "max_keys": 10}
    with VirtualClock(), Harness(Throttle, arguments) as throttle:
        for number in [*range(1000), 0, 999]:
            throttle.feed(number)
        throttle.wait_until_idle()
        assert [event.data for event in throttle.received("dropped")] == [999]


def test_waiting_events_continue_at_the_rate_while_the_pipeline_stops():
    with VirtualClock() as clock, Harness(Throttle, {"rate": 1}) as throttle:
        settlements = [throttle.feed_acknowledged(number) for number in range(5)]
        assert throttle.stop(timeout=100) == []
        assert 4 <= clock.elapsed < 4.1
        assert all(settlement.acknowledged for settlement in settlements)


def test_waiting_events_fail_when_the_module_is_killed():
    with VirtualClock(), Harness(Throttle, {"rate": 0.001}) as throttle:
        settlements = [throttle.feed_acknowledged(number) for number in range(3)]
        throttle.receive()
        throttle.stop(timeout=0)
        assert settlements[0].acknowledged
        assert all(settlement.failed for settlement in settlements[1:])


def test_keeps_its_rate_in_real_time():
    with Harness(Throttle, {"rate": 200, "burst": 5}) as throttle:
        began = throttle.feed(0).timestamp
        for number in range(1, 45):
            throttle.feed(number)
        wait_until(lambda: len(throttle.received()) == 45)
        last = throttle.feed("end").timestamp
        assert last - began >= 40 / 200 - 0.001


def test_check_does_not_warn_about_dropped_events():
    router = Default()
    router.registerModule(Throttle, "throttle", QUICK)
    assert "dropped" not in {finding.queue for finding in lint_graph(router)}
