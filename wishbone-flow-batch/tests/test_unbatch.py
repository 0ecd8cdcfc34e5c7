from __future__ import annotations

from importlib.metadata import entry_points

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wishbone import ActorConfig
from wishbone.event import Event
from wishbone.module import InputModule, OutputModule
from wishbone.router import Default
from wishbone_flow_batch import Batch, Unbatch
from wishbone_testing import Harness, Settlement, wait_until
from wishbone_testing.conformance import FlowConformance


def test_is_installed():
    (entry_point,) = entry_points(group="wishbone.flow", name="unbatch")
    assert entry_point.load() is Unbatch


class TestConformance(FlowConformance):
    module = Unbatch
    good = (1,)
    wrong_arguments = ({"key": "data..x"}, {"key": "dta"})


def test_makes_an_event_of_each_item_in_order():
    with Harness(Unbatch) as unbatch:
        unbatch.feed([1, "two", {"three": 3}])
        assert [event.data for event in unbatch.receive_many(3)] == [1, "two", {"three": 3}]


def test_finds_the_list_at_a_key():
    with Harness(Unbatch, {"key": "data.records"}) as unbatch:
        unbatch.feed({"records": ["a", "b"]})
        assert [event.data for event in unbatch.receive_many(2)] == ["a", "b"]


def test_each_event_has_its_own_copy_of_the_fields_of_the_original():
    with Harness(Unbatch) as unbatch:
        event = Event(["a", "b"])
        event.slurp({"tags": ["t"], "tmp": {"other": {"x": [1]}}, "timestamp": 12.5, "ttl": 100})
        unbatch.feed(event)
        one, two = unbatch.receive_many(2)
        one.tmp["other"]["x"].append(2)
        one.tags.append("u")
        assert two.tmp == {"other": {"x": [1]}}
        assert (two.tags, two.timestamp, two.ttl) == (["t"], 12.5, 98)
        assert len({one.uuid, two.uuid, event.uuid}) == 3


def test_an_empty_list_is_acknowledged():
    with Harness(Unbatch) as unbatch:
        assert unbatch.feed_acknowledged([]).wait().acknowledged
        assert unbatch.received() == []


def test_is_acknowledged_when_all_items_are_and_not_before():
    with Harness(Unbatch) as unbatch:
        with unbatch.stalled():
            settlement = unbatch.feed_acknowledged([1, 2, 3])
            wait_until(unbatch.module.pool.getQueue("inbox").empty)
            assert settlement.errors == []
        assert settlement.wait().acknowledged


def test_fails_when_an_item_does():
    with Harness(Unbatch) as unbatch:
        unbatch.fail_next(queue="outbox")
        assert unbatch.feed_acknowledged([1, 2, 3]).wait().failed


def test_is_acknowledged_when_outbox_is_not_connected():
    with Harness(Unbatch, unconnected=["outbox"]) as unbatch:
        assert unbatch.feed_acknowledged([1, 2]).wait().acknowledged


def test_waits_while_outbox_is_full_and_loses_nothing():
    with Harness(Unbatch, size=2) as unbatch:
        settlement = unbatch.feed_acknowledged(list(range(1000)))
        assert [event.data for event in unbatch.receive_many(1000)] == list(range(1000))
        assert settlement.wait().acknowledged


@pytest.mark.parametrize("payload", ["abc", b"abc", {"a": 1}, None, 3])
def test_an_event_without_a_list_fails_and_the_next_passes(payload):
    with Harness(Unbatch) as unbatch:
        unbatch.feed(payload)
        unbatch.feed(["next"])
        assert unbatch.receive().data == "next"
        message = unbatch.receive("failed").errors["module"]["message"]
        assert f"is a {type(payload).__name__}, not a list" in message


def test_an_event_without_the_key_fails():
    with Harness(Unbatch, {"key": "data.records"}) as unbatch:
        unbatch.feed({})
        assert "no key 'data.records'" in unbatch.receive("failed").errors["module"]["message"]


class Source(InputModule, dynamic_outputs=True):
    pass


class Sink(OutputModule):
    """Keeps the events that arrive, and fails on the bad ones."""

    def __init__(self, config, bad: list) -> None:
        super().__init__(config)
        self.bad = bad
        self.taken = []
        self.pool.createQueue("inbox")
        self.registerConsumer(self.consume, "inbox")

    def consume(self, event):
        self.taken.append(event.data)
        if event.data in self.bad:
            raise ValueError(event.data)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(0, 30), max_size=60), st.integers(1, 7), st.lists(st.integers(0, 30), max_size=3))
def test_unbatch_reverses_batch(numbers, max_events, bad):
    """The order is kept, and an event fails if and only if an event of its batch fails."""
    router = Default(size=3)
    source = router.registerModule(Source, ActorConfig("source"))
    router.registerModule(Batch, "batch", {"max_events": max_events, "max_seconds": 60})
    router.registerModule(Unbatch, "unbatch")
    sink = router.registerModule(Sink, "sink", {"bad": bad})
    for route in ("source.outbox batch.inbox", "batch.outbox unbatch.inbox", "unbatch.outbox sink.inbox"):
        router.connectQueue(*route.split())
    router.start()
    settlements = [Settlement() for _ in numbers]
    for number, settlement in zip(numbers, settlements, strict=True):
        source.submit(Event(number, settlement), "outbox")
    assert router.stop() == []
    assert sink.taken == numbers
    for start in range(0, len(numbers), max_events):
        members = slice(start, start + max_events)
        fails = any(number in bad for number in numbers[members])
        assert all(settlement.failed == fails for settlement in settlements[members])
        assert all(settlement.acknowledged != fails for settlement in settlements[members])
