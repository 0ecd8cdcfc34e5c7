from __future__ import annotations

from collections import OrderedDict
from datetime import UTC, datetime
from threading import Lock
from time import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wishbone import Event
from wishbone.arguments.key import join_key
from wishbone.error import InvalidData, KeyMissing
from wishbone.event import DEAD_LETTER_HOPS, MAX_TTL, TTL, Log, Metric
from wishbone_testing import Settlement

SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(), st.binary()
)
PAYLOADS = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


def containers(value):
    """Yield all mutable containers in a payload: two events must not share them."""
    if isinstance(value, dict | list):
        yield id(value)
        for item in value.values() if isinstance(value, dict) else value:
            yield from containers(item)


def filled(payload):
    event = Event(payload)
    event.set("noted", "tmp.input.path")
    event.set({"message": "bad"}, "errors.parse")
    event.tags.append("word")
    return event


def test_an_event_has_the_current_time_and_only_its_payload():
    before = time()
    event = Event("hello")
    assert before <= event.timestamp <= time()
    assert (event.data, event.ttl, event.acknowledgement) == ("hello", TTL, None)
    assert (event.tmp, event.errors, event.tags) == ({}, {}, [])
    assert repr(event) == "Event('hello')"


def test_the_default_payload_is_none():
    assert Event().data is None


def test_each_event_keeps_a_uuid_of_its_own():
    one, two = Event(), Event()
    assert one.uuid == one.uuid == one.get("uuid")
    assert one.uuid != two.uuid


def test_tmp_errors_and_tags_are_kept():
    event = filled({})
    assert event.tmp == {"input": {"path": "noted"}}
    assert event.errors == {"parse": {"message": "bad"}}
    assert event.get("tags.0") == "word"


def test_the_default_key_of_get_and_set_is_the_payload():
    event = Event(1)
    assert event.get() == 1
    event.set(2)
    assert event.data == event.get("data") == 2


def test_the_payload_is_not_copied():
    payload = {"a": 1}
    assert Event(payload).data is payload


def test_set_creates_missing_mappings():
    event = Event()
    event.set("x", "data.user.name")
    assert event.data == {"user": {"name": "x"}}
    event.data["user"] = None
    event.set("y", "data.user.name")
    assert event.data == {"user": {"name": "y"}}


def test_set_does_not_replace_a_value_on_the_way():
    event = Event({"user": "root", "list": [1]})
    with pytest.raises(InvalidData, match=r"'data\.user\.name' cannot be set"):
        event.set("x", "data.user.name")
    with pytest.raises(KeyMissing, match="The list there has 1 items"):
        event.set("x", "data.list.5.name")
    assert event.data == {"user": "root", "list": [1]}


@pytest.mark.parametrize(
    ("key", "value", "wanted"),
    [
        ("timestamp", "now", "float"),
        ("timestamp", True, "float"),
        ("ttl", 1.5, "int"),
        ("ttl", True, "int"),
        ("uuid", 5, "str"),
        ("tags", ("a",), "list"),
        ("tmp", None, "dict"),
        ("errors", [], "dict"),
    ],
)
def test_a_field_takes_only_values_of_its_type(key, value, wanted):
    event = Event()
    before = event.dump()
    with pytest.raises(InvalidData, match=f"'{key}' of an event must be of type {wanted}, not"):
        event.set(value, key)
    assert event.dump() == before


def test_every_field_can_be_set():
    event = Event()
    content = {
        "data": 1,
        "errors": {"a": 1},
        "tags": ["b"],
        "timestamp": 5,
        "tmp": {"c": 2},
        "ttl": 3,
        "uuid": "me",
    }
    for key, value in content.items():
        event.set(value, key)
    assert event.dump() == content


@pytest.mark.parametrize("operation", [Event.get, Event.delete, lambda event, key: event.set(1, key)])
@pytest.mark.parametrize("key", ["dat", "dat.x"])
def test_an_unknown_field_suggests_a_name(operation, key):
    with pytest.raises(InvalidData, match=r"An event has no 'dat'\. Did you mean 'data'\?"):
        operation(Event({}), key)


@pytest.mark.parametrize("key", ["acknowledgement", "__class__", "_uuid", "__class__.__mro__", "get"])
def test_keys_reach_only_the_fields_of_an_event(key):
    event = Event({})
    assert not event.has(key)
    with pytest.raises(InvalidData):
        event.set({}, key)


def test_has_is_false_for_a_malformed_key():
    assert not Event({}).has("data..x")
    assert Event({}).has("uuid")


def test_deleting_a_field_leaves_it_empty():
    event = filled({"a": 1})
    for key in ("data", "tmp", "errors", "tags"):
        event.delete(key)
    assert (event.data, event.tmp, event.errors, event.tags) == (None, {}, {}, [])


@pytest.mark.parametrize("key", ["uuid", "ttl", "timestamp"])
def test_timestamp_ttl_and_uuid_cannot_be_deleted(key):
    with pytest.raises(InvalidData, match="cannot be deleted: every event has one"):
        Event().delete(key)


def test_deleting_within_a_payload_leaves_the_rest():
    event = Event({"user": {"id": 1, "name": "x"}})
    event.delete("data.user.id")
    assert event.data == {"user": {"name": "x"}}
    with pytest.raises(KeyMissing, match="Did you mean 'name'"):
        event.delete("data.user.nam")


def test_a_copied_value_is_independent():
    event = Event({"list": [[1]]})
    event.copy("data.list", "tmp.module.list")
    event.data["list"][0].append(2)
    assert event.get("tmp.module.list") == [[1]]


def test_copying_a_missing_key_is_an_error():
    with pytest.raises(KeyMissing):
        Event({}).copy("data.a", "data.b")


@given(PAYLOADS)
def test_a_clone_equals_its_original_and_shares_nothing_with_it(payload):
    event = filled(payload)
    clone = event.clone()
    content, cloned = event.dump(), clone.dump()
    assert content.pop("uuid") != cloned.pop("uuid")
    assert content == cloned
    for name in ("data", "tmp", "errors", "tags"):
        assert not {*containers(getattr(event, name))} & {*containers(getattr(clone, name))}


@pytest.mark.parametrize(
    "payload", [OrderedDict(a=[1]), ([1],), {"set": {1}}, bytearray(b"x"), [[{"a": [datetime.now(UTC)]}]]]
)
def test_payloads_of_other_types_are_cloned_too(payload):
    clone = Event(payload).clone()
    assert clone.data == payload
    assert type(clone.data) is type(payload)
    assert clone.data is not payload


def test_a_tracked_event_has_the_content_of_its_original():
    event = Event({"a": [1]})
    event.slurp(
        {"tags": ["t"], "tmp": {"m": 1}, "ttl": 7, "timestamp": 1.5, "errors": {"e": {}}, "uuid": "u"}
    )
    tracked = event.tracked(print)
    assert tracked.dump() == event.dump()
    assert tracked.data is event.data
    assert event.acknowledgement is None


@pytest.mark.parametrize("submitted", [False, True])
def test_a_clone_has_the_acknowledgement_of_its_original(submitted):
    """It holds a reference if the original does: one of the two may be submitted long before the other."""
    settlement = Settlement()
    event = Event(1, acknowledgement=settlement)
    event.holds_reference = not submitted
    assert event.clone().acknowledgement is settlement
    assert settlement.references == (1 if submitted else 2)


@given(PAYLOADS)
def test_what_is_dumped_can_be_slurped(payload):
    event = filled(payload)
    content = event.dump()
    slurped = Event().slurp(content)
    assert slurped.dump() == content
    event_parts = {*containers(event.data)}
    assert not event_parts & {*containers(content["data"])}
    assert not {*containers(content["data"])} & {*containers(slurped.data)}


def test_a_dump_leaves_the_acknowledgement_out():
    assert sorted(Event(1, Settlement()).dump()) == [
        "data",
        "errors",
        "tags",
        "timestamp",
        "tmp",
        "ttl",
        "uuid",
    ]


def nested(levels):
    value = "bottom"
    for level in range(levels):
        value = [value, level] if level % 2 else {"below": value}
    return value


@pytest.mark.parametrize("payload", [nested(20_000), OrderedDict(below=nested(20_000))])
def test_a_payload_nested_too_deeply_to_copy_is_an_error_of_the_event(payload):
    event = Event(payload, settlement := Settlement())
    for copies in (event.clone, lambda: event.clones(3), event.dump, lambda: event.copy("data", "tmp.a")):
        with pytest.raises(InvalidData, match="cannot be copied: it is nested too deeply"):
            copies()
    assert (event.data is payload, settlement.references) == (True, 1)


@given(PAYLOADS, st.lists(st.text("ab01.\\", min_size=1, max_size=3), max_size=3))
def test_has_is_true_exactly_when_get_succeeds(payload, parts):
    event = Event(payload)
    for key in (".".join(["data", *parts]), join_key(["data", *parts]), join_key(["tmp", *parts])):
        try:
            event.get(key)
        except InvalidData:
            assert not event.has(key)
        else:
            assert event.has(key)


def test_a_time_to_live_above_the_limit_is_refused():
    for take in (Event().slurp, lambda fields: Event().set(fields["ttl"], "ttl")):
        take({"ttl": MAX_TTL})
        take({"ttl": -1000})
        with pytest.raises(InvalidData, match=r"'ttl' of an event is 65536: it must be at most 65535"):
            take({"ttl": MAX_TTL + 1})


def test_slurp_keeps_fields_that_are_not_given_and_returns_the_event():
    event = filled("payload")
    assert event.slurp({"ttl": 3}) is event
    assert (event.ttl, event.data, event.tags) == (3, "payload", ["word"])


@pytest.mark.parametrize("bad", [{"dta": 2}, {"ttl": "2"}, {"acknowledgement": None}, {5: 6}, {None: 1}])
def test_slurp_of_an_invalid_field_changes_nothing(bad):
    event = Event("before")
    with pytest.raises(InvalidData):
        event.slurp({"data": "after", **bad} if all(isinstance(key, str) for key in bad) else bad)
    assert event.data == "before"


def test_an_event_expires_some_hops_after_its_time_to_live():
    event = Event()
    event.ttl = -DEAD_LETTER_HOPS
    assert not event.expired
    event.ttl -= 1
    assert event.expired


def test_an_event_holds_a_reference_of_its_acknowledgement():
    settlement = Settlement()
    Event(1, acknowledgement=settlement)
    Event(2, acknowledgement=settlement)
    assert settlement.references == 2


def test_a_log_has_the_documented_fields():
    log = Log(time=1454272074.55, level=6, pid=18179, module="input", message="Received stop.")
    assert log == Log(1454272074.55, 6, 18179, "input", "Received stop.")
    assert repr(log) == (
        "Log({'time': 1454272074.55, 'level': 6, 'pid': 18179, 'module': 'input',"
        " 'message': 'Received stop.', 'uuid': None})"
    )
    with pytest.raises(AttributeError):
        log.level = 0


def test_a_metric_has_the_documented_fields():
    metric = Metric(1454271176.47, "wishbone", "server01", "module.input.queue.failed.size", 0, "", ())
    assert repr(metric) == (
        "Metric({'time': 1454271176.47, 'type': 'wishbone', 'source': 'server01',"
        " 'name': 'module.input.queue.failed.size', 'value': 0, 'unit': '', 'tags': ()})"
    )
    assert Event(metric).get("data.source") == "server01"
    with pytest.raises(AttributeError):
        metric.value = 1


@given(PAYLOADS, st.integers(0, 4))
def test_clones_returns_as_many_clones_as_asked(payload, count):
    event = Event(payload)
    event.tags.append("a")
    clones = event.clones(count)
    assert [(clone.data, clone.tags, clone.timestamp) for clone in clones] == [
        (event.data, ["a"], event.timestamp)
    ] * count
    assert len({clone.uuid for clone in clones} | {event.uuid}) == count + 1
    everything = [id(found) for one in (event, *clones) for found in containers(one.data)]
    assert len(set(everything)) == len(everything)


def test_slurp_of_a_value_that_cannot_be_copied_changes_nothing():
    deep: list = []
    for _ in range(10_000):
        deep = [deep]
    event = Event("before")
    with pytest.raises(InvalidData, match="nested too deeply"):
        event.slurp({"ttl": 3, "data": deep})
    assert (event.ttl, event.data) == (TTL, "before")


@pytest.mark.parametrize("held", [(number for number in ()), Lock()], ids=["generator", "lock"])
@pytest.mark.parametrize("payload", [lambda held: held, lambda held: {"a": [held]}, lambda held: (held,)])
def test_a_payload_that_cannot_be_copied_is_an_error_with_the_reason(held, payload):
    with pytest.raises(InvalidData, match=r"cannot be copied: cannot pickle .* Use values"):
        Event(payload(held)).clone()
