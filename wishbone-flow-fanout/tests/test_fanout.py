from __future__ import annotations

import pytest

from wishbone.event import Event
from wishbone_flow_fanout import Fanout
from wishbone_testing import Harness
from wishbone_testing.conformance import FlowConformance


class TestConformance(FlowConformance):
    module = Fanout
    outputs = ("one", "two")


def test_sends_an_event_to_each_connected_queue():
    with Harness(Fanout, outputs=["one", "two", "three"]) as fanout:
        fanout.feed("hello")
        assert [fanout.receive(queue).data for queue in ("one", "two", "three")] == ["hello"] * 3


def test_keeps_the_order_in_each_branch():
    with Harness(Fanout, outputs=["one", "two"], size=3) as fanout:
        for number in range(50):
            fanout.feed(number)
        for queue in ("one", "two"):
            assert [event.data for event in fanout.receive_many(50, queue)] == list(range(50))


def test_copies_share_nothing():
    with Harness(Fanout, outputs=["one", "two"]) as fanout:
        event = Event({"deep": {"list": [1, 2]}})
        event.set("note", "tmp.other.x")
        fanout.feed(event)
        one, two = fanout.receive("one"), fanout.receive("two")
        one.set(99, "data.deep.list.0")
        one.set("changed", "tmp.other.x")
        assert two.data == {"deep": {"list": [1, 2]}}
        assert two.get("tmp.other.x") == "note"
        assert one.uuid != two.uuid


def test_shares_nothing_with_success_either():
    with Harness(Fanout, outputs=["one", "two"]) as fanout:
        fanout.feed([1])
        events = [fanout.receive(queue) for queue in ("one", "two", "success")]
        assert [event.data for event in events] == [[1]] * 3
        assert len({id(event.data) for event in events}) == 3


def test_copies_only_where_there_is_more_than_one_branch():
    with Harness(Fanout, outputs=["one"], unconnected=["success"]) as fanout:
        payload = [1]
        fanout.feed(payload)
        assert fanout.receive("one").data is payload


def test_is_acknowledged_when_all_copies_are():
    with Harness(Fanout, outputs=["one", "two"]) as fanout:
        assert fanout.feed_acknowledged("hello").wait().acknowledged


def test_drops_and_acknowledges_without_any_branch():
    with Harness(Fanout) as fanout:
        assert fanout.feed_acknowledged("hello").wait().acknowledged


def test_an_event_that_cannot_be_copied_fails_and_the_next_passes():
    class Stubborn:
        def __deepcopy__(self, memo):
            raise TypeError("not me")

    with Harness(Fanout, outputs=["one", "two"]) as fanout:
        fanout.feed(Stubborn())
        fanout.feed("next")
        assert [fanout.receive(queue).data for queue in ("one", "two")] == ["next"] * 2
        message = fanout.receive("failed").errors["module"]["message"]
        assert message.startswith("The payload cannot be copied: not me.")


@pytest.mark.parametrize("arguments", [{"branches": 2}, {"x": None}])
def test_takes_no_arguments(arguments):
    with pytest.raises(Exception, match="no such argument"):
        Harness(Fanout, arguments)
