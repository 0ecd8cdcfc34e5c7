from __future__ import annotations

import re
from importlib.metadata import entry_points

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wishbone.event import Event
from wishbone_flow_batch import Batch
from wishbone_flow_batch.pending import payload_size
from wishbone_testing import Harness, VirtualClock, wait_until
from wishbone_testing.conformance import FlowConformance


def test_is_installed():
    (entry_point,) = entry_points(group="wishbone.flow", name="batch")
    assert entry_point.load() is Batch


SHORT = {"max_seconds": 0.05}
KEYED = {"max_seconds": 0.05, "key": "data", "max_bytes": 100}


class TestConformance(FlowConformance):
    module = Batch
    arguments = SHORT
    wrong_arguments = ({"max_events": 0}, {"max_seconds": 0}, {"max_bytes": 0}, {"key": "dta"})

    def may_pass_on(self, payload):
        return True  # without a key and max_bytes it does not look at the payload


class TestConformanceWithKey(FlowConformance):
    module = Batch
    arguments = KEYED


def fed(batch, *payloads):
    """Feed payloads, and return their settlements."""
    settlements = [batch.feed_acknowledged(payload) for payload in payloads]
    batch.wait_until_idle()
    return settlements


def batches(batch):
    return [event.data for event in batch.received()]


def test_a_batch_is_sent_when_it_has_max_events():
    with VirtualClock(), Harness(Batch, {"max_events": 3}) as batch:
        fed(batch, *range(8))
        assert batches(batch) == [[0, 1, 2], [3, 4, 5]]


def test_a_batch_is_sent_when_its_first_event_has_waited_max_seconds():
    with VirtualClock() as clock, Harness(Batch, {"max_seconds": 60}) as batch:
        fed(batch, "a")
        clock.advance(45)
        fed(batch, "b")
        clock.advance(14.9)
        assert batches(batch) == []
        clock.advance(0.1)
        assert batches(batch) == [["a", "b"]]


def test_the_time_of_a_batch_starts_with_its_first_event():
    with VirtualClock() as clock, Harness(Batch, {"max_seconds": 60}) as batch:
        for _ in range(3):
            clock.advance(1000.5)
            fed(batch, "a")
            clock.advance(59.9)
            assert batches(batch) == []
            clock.advance(0.1)
            assert batch.receive().data == ["a"]


def test_the_next_batch_waits_its_full_time_after_one_was_sent_early():
    with VirtualClock() as clock, Harness(Batch, {"max_seconds": 60, "max_events": 2}) as batch:
        fed(batch, "a")
        clock.advance(30)
        fed(batch, "b", "c")
        clock.advance(59.9)
        assert batches(batch) == [["a", "b"]]
        clock.advance(0.1)
        assert batches(batch) == [["a", "b"], ["c"]]


def test_a_batch_is_sent_before_an_event_that_would_exceed_max_bytes():
    with VirtualClock(), Harness(Batch, {"max_bytes": 10}) as batch:
        fed(batch, "1234", "1234", "1234", "1234567890", "x")
        assert batches(batch) == [["1234", "1234"], ["1234"], ["1234567890"]]


def test_a_batch_that_is_exactly_full_is_sent_at_once():
    with VirtualClock(), Harness(Batch, {"max_bytes": 10}) as batch:
        fed(batch, "12345", "12345")
        assert batches(batch) == [["12345", "12345"]]


def test_an_event_that_is_too_large_becomes_a_batch_by_itself():
    with VirtualClock(), Harness(Batch, {"max_bytes": 10}) as batch:
        fed(batch, "a", "x" * 11, "b")
        assert batches(batch) == [["a"], ["x" * 11]]


@pytest.mark.parametrize(
    ("payload", "size"),
    [("abc", 3), ("ü", 2), ("\ud800", 3), (b"\xff\xff", 2), ({"a": 1}, 7), (None, 4), ([], 2), (12, 2)],
)
def test_payload_size_is_the_number_of_bytes_written(payload, size):
    assert payload_size(payload) == size


def test_an_event_of_unknown_size_fails_alone():
    with VirtualClock(), Harness(Batch, {"max_bytes": 1000, "max_events": 2}) as batch:
        fed(batch, "a", object(), "b")
        assert batches(batch) == [["a", "b"]]
        assert "size of the payload is unknown" in batch.receive("failed").errors["module"]["message"]


def test_each_key_has_its_own_batch():
    arguments = {"max_events": 2, "key": "data.user"}
    with VirtualClock() as clock, Harness(Batch, arguments) as batch:
        fed(batch, *({"user": user, "n": n} for n, user in enumerate("abacb")))
        assert [[item["n"] for item in data] for data in batches(batch)] == [[0, 2], [1, 4]]
        clock.advance(1)
        assert [event.get("tmp.module.key") for event in batch.received()] == ["a", "b", "c"]


def test_without_a_key_the_batch_has_no_key():
    with VirtualClock(), Harness(Batch, {"max_events": 1}) as batch:
        fed(batch, "a")
        assert batch.receive().tmp == {}


def test_the_key_of_a_batch_shares_nothing_with_the_payload():
    with VirtualClock(), Harness(Batch, {"max_events": 1, "key": "data.tags"}) as batch:
        fed(batch, {"tags": ["x"]})
        event = batch.receive()
        event.data[0]["tags"].append("y")
        assert event.get("tmp.module.key") == ["x"]


def test_the_oldest_batch_is_sent_at_max_batches():
    arguments = {"key": "data", "max_batches": 2, "max_seconds": 60}
    with VirtualClock() as clock, Harness(Batch, arguments) as batch:
        fed(batch, "a", "b", "a", "c")
        assert batches(batch) == [["a", "a"]]
        clock.advance(60)
        assert batches(batch) == [["a", "a"], ["b"], ["c"]]


def test_an_event_without_the_key_fails_alone():
    with VirtualClock(), Harness(Batch, {"key": "data.user", "max_events": 1}) as batch:
        fed(batch, {}, {"user": 1})
        assert batches(batch) == [[{"user": 1}]]
        assert "no key 'data.user'" in batch.receive("failed").errors["module"]["message"]


def test_a_batch_is_linked_to_the_acknowledgements_of_its_events():
    with Harness(Batch, {"max_events": 2}) as batch:
        members = [Event(number).tracked(lambda _: None) for number in range(2)]
        watching = [member.acknowledgement for member in members]
        for member in members:
            batch.feed(member)
        merged = batch.receive()
        assert all(merged.acknowledgement.is_linked_to(each) for each in watching)


def test_events_settle_when_their_batch_does_and_not_before():
    with VirtualClock(), Harness(Batch, {"max_events": 3}) as batch:
        with batch.stalled():
            settlements = [batch.feed_acknowledged(number) for number in range(3)]
            wait_until(batch.module.pool.getQueue("inbox").empty)
            assert [settlement.errors for settlement in settlements] == [[], [], []]
        assert all(settlement.wait().acknowledged for settlement in settlements)


def test_all_events_of_a_batch_fail_when_it_fails():
    with VirtualClock(), Harness(Batch, {"max_events": 2}) as batch:
        batch.fail_next(queue="outbox")
        settlements = fed(batch, *range(4))
        assert [settlement.failed for settlement in settlements] == [True, True, False, False]
        assert [settlement.acknowledged for settlement in settlements] == [False, False, True, True]
        assert settlements[0].errors == settlements[1].errors


def test_events_are_acknowledged_when_outbox_is_not_connected():
    with VirtualClock(), Harness(Batch, {"max_events": 2}, unconnected=["outbox"]) as batch:
        assert all(settlement.wait().acknowledged for settlement in fed(batch, "a", "b"))


def test_a_batch_of_events_without_acknowledgement_has_none():
    with VirtualClock(), Harness(Batch, {"max_events": 2}) as batch:
        batch.feed("a")
        batch.feed("b")
        assert batch.receive().acknowledgement is None


def test_a_batch_has_the_lowest_time_to_live_of_its_events():
    """Otherwise a batch in a cycle would go round forever."""
    with VirtualClock(), Harness(Batch, {"max_events": 3}) as batch:
        for ttl in (9, 5, 7):
            event = Event("x")
            event.ttl = ttl
            batch.feed(event)
        assert batch.receive().ttl == 3  # one less for this module, and one less for the receiver


def test_incomplete_batches_are_sent_in_order_when_the_module_stops():
    with VirtualClock(), Harness(Batch, {"key": "data.user", "max_seconds": 1e6}) as batch:
        settlements = fed(batch, *({"user": user} for user in "abcab"))
        assert batch.stop() == []
        assert [[item["user"] for item in data] for data in batches(batch)] == [["a", "a"], ["b", "b"], ["c"]]
        assert all(settlement.acknowledged for settlement in settlements)


def test_an_event_that_arrives_while_the_module_stops_is_sent_at_once():
    """In a cycle an event can come back after the batches were sent."""
    with VirtualClock(), Harness(Batch, {"max_seconds": 1e6}) as batch:
        batch.request_stop()
        assert fed(batch, "late")[0].acknowledged
        assert batches(batch) == [["late"]]


def test_unsent_events_fail_when_the_module_is_killed():
    """Some batches are in flight then, and others are still in the module."""
    arguments = {"max_seconds": 1e6, "key": "data"}
    with VirtualClock(), Harness(Batch, arguments, size=1) as batch, batch.stalled():
        settlements = [batch.feed_acknowledged(letter) for letter in "abcdee"]
        wait_until(batch.module.pool.getQueue("inbox").empty)
        warned = []
        batch.module.logging.warning = warned.append
        batch.stop(timeout=0)
        assert all(settlement.failed for settlement in settlements)
        assert "was stopped before the batch was complete" in str(settlements[-1].errors[0])
        assert re.fullmatch(r"Stopped with \d events in \d incomplete batches\.", warned[-1])


def test_a_batch_that_waits_for_room_fails_when_the_module_is_killed():
    with VirtualClock(), Harness(Batch, {"max_events": 1}, size=1) as batch, batch.stalled():
        settlements = [batch.feed_acknowledged(number) for number in range(3)]
        wait_until(lambda: batch.module.pool.getQueue("outbox").waited_total)
        batch.stop(timeout=0)
        assert all(settlement.failed for settlement in settlements)


payloads = st.text("abü", max_size=6) | st.integers(0, 999) | st.lists(st.booleans(), max_size=3)
steps = st.lists(st.tuples(st.sampled_from("xyz"), payloads) | st.floats(0.1, 3), max_size=40)


@settings(max_examples=60, deadline=None)
@given(steps, st.integers(1, 5), st.none() | st.integers(1, 20), st.integers(1, 3), st.booleans())
def test_nothing_is_lost_repeated_or_reordered_and_no_batch_is_too_large(
    steps, max_events, max_bytes, max_batches, keyed
):
    """For any events at any times, and for any limits."""
    arguments = {
        "max_events": max_events,
        "max_bytes": max_bytes,
        "max_seconds": 2,
        "max_batches": max_batches,
    }
    arguments |= {"key": "{{ data[0] }}"} if keyed else {}
    fed_, settlements = [], []
    with VirtualClock() as clock, Harness(Batch, arguments, size=1) as batch:
        for step in steps:
            if isinstance(step, float):
                clock.advance(step)
                batch.wait_until_idle()
                assert len(fed_) - sum(map(len, batches(batch))) <= (max_events - 1) * max_batches
            else:
                fed_.append(list(step))
                settlements.append(batch.feed_acknowledged(list(step)))
        assert batch.stop() == []
        found = batches(batch)
    for key in "xyz" if keyed else [""]:
        mine = [item for data in found for item in data if not keyed or item[0] == key]
        assert mine == [item for item in fed_ if not keyed or item[0] == key]
    for data in found:
        assert 1 <= len(data) <= max_events
        assert not keyed or len({item[0] for item in data}) == 1
        size = sum(len(msgspec.json.encode(item)) for item in data)
        assert max_bytes is None or size <= max_bytes or len(data) == 1
    assert sum(map(len, found)) == len(fed_)
    assert all(settlement.acknowledged for settlement in settlements)
