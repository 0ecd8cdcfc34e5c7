from __future__ import annotations

from importlib.metadata import entry_points

from wishbone_output_null import Null
from wishbone_testing import Harness
from wishbone_testing.conformance import OutputConformance


def test_is_installed():
    (entry_point,) = entry_points(group="wishbone.output", name="null")
    assert entry_point.load() is Null


class TestConformance(OutputConformance):
    module = Null

    def may_pass_on(self, payload):
        return True  # it accepts every event


def test_acknowledges_every_event():
    with Harness(Null) as null:
        settlements = [null.feed_acknowledged(payload) for payload in ("text", {"a": [1]}, None, object())]
        assert all(settlement.wait().acknowledged for settlement in settlements)


def test_takes_events_as_fast_as_they_arrive():
    with Harness(Null, size=2) as null:
        for number in range(1000):
            null.feed(number)
        null.wait_until_idle()
        assert null.module.pool.getQueue("inbox").out_total == 1000
