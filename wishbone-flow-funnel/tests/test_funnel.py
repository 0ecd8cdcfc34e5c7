from __future__ import annotations

from wishbone_flow_funnel import Funnel
from wishbone_testing import Harness
from wishbone_testing.conformance import FlowConformance


class TestConformance(FlowConformance):
    module = Funnel
    inputs = ("one", "two")
    inbox = "one"


def test_merges_all_queues():
    with Harness(Funnel, inputs=["one", "two", "three"]) as funnel:
        for queue in ("one", "two", "three"):
            funnel.feed(queue, queue)
        assert {event.data for event in funnel.receive_many(3)} == {"one", "two", "three"}


def test_passes_on_the_event_itself():
    with Harness(Funnel, inputs=["one"]) as funnel:
        event = funnel.feed({"a": 1}, "one")
        assert funnel.receive() is event


def test_keeps_the_order_of_each_queue():
    with Harness(Funnel, inputs=["one", "two"], size=3) as funnel:
        for number in range(50):
            funnel.feed(("one", number), "one")
            funnel.feed(("two", number), "two")
        events = [event.data for event in funnel.receive_many(100)]
        for queue in ("one", "two"):
            assert [number for name, number in events if name == queue] == list(range(50))


def test_events_are_acknowledged_at_the_end_of_the_branch():
    with Harness(Funnel, inputs=["one"]) as funnel:
        assert funnel.feed_acknowledged("hello", "one").wait().acknowledged
