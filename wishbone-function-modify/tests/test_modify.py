from __future__ import annotations

import hashlib
import hmac
from importlib.metadata import entry_points
from types import MappingProxyType

import pytest

from wishbone.event import Event, Log
from wishbone_function_modify import Modify
from wishbone_testing import Harness
from wishbone_testing.conformance import FunctionConformance

OPERATIONS = {"operations": [{"set": {"data.level": "info"}}, {"lowercase": "data.host"}]}
GOOD = {"host": "WEB1"}


class TestConformance(FunctionConformance):
    module = Modify
    arguments = OPERATIONS
    good = GOOD


def modify(payload, *operations, **arguments):
    """Return the event that left the module, and the name of its queue."""
    with Harness(Modify, {"operations": list(operations), **arguments}) as modifying:
        event = modifying.feed(payload)
        modifying.wait_until_idle()
        (left_by,) = [queue for queue in ("outbox", "failed") if modifying.received(queue)]
        assert modifying.received(left_by) == [event]
        return event, left_by


def changed(payload, *operations, **arguments):
    event, left_by = modify(payload, *operations, **arguments)
    assert left_by == "outbox", event.errors
    return event.data


def failure(payload, *operations, **arguments):
    event, left_by = modify(payload, *operations, **arguments)
    assert left_by == "failed"
    return event.errors["module"]["message"]


def test_is_installed():
    (entry_point,) = entry_points(group="wishbone.function", name="modify")
    assert entry_point.load() is Modify


@pytest.mark.parametrize(
    ("operation", "before", "after"),
    [
        ({"set": {"data.a": 1}}, {}, {"a": 1}),
        ({"set": {"data.a": "x", "data.b": None}}, {"a": 1}, {"a": "x", "b": None}),
        ({"set": {"data.a.b.c": True}}, {"a": None}, {"a": {"b": {"c": True}}}),
        ({"set": {"data.list.1": 5}}, {"list": [1, 2]}, {"list": [1, 5]}),
        ({"set": {"data.a": "{{ data.b }}!"}}, {"b": 1}, {"b": 1, "a": "1!"}),
        ({"set": {"data.a": ["x", {"y": 1}]}}, {}, {"a": ["x", {"y": 1}]}),
        ({"set": {"data.a": 1}}, None, {"a": 1}),
        ({"set": {"data": {"new": 1}}}, "old", {"new": 1}),
        ({"delete": "data.a"}, {"a": 1, "b": 2}, {"b": 2}),
        ({"delete": ["data.a", "data.c.d"]}, {"a": 1, "c": {"d": 1}}, {"c": {}}),
        ({"delete": "data.list.0"}, {"list": [1, 2]}, {"list": [2]}),
        ({"delete": "data"}, {"a": 1}, None),
        ({"copy": {"data.a": "data.b"}}, {"a": 1}, {"a": 1, "b": 1}),
        ({"copy": {"data.a": "data.c.b"}}, {"a": [1]}, {"a": [1], "c": {"b": [1]}}),
        ({"move": {"data.a": "data.b"}}, {"a": 1, "b": 2}, {"b": 1}),
        ({"move": {"data.a.x": "data.b.y"}}, {"a": {"x": 1}}, {"a": {}, "b": {"y": 1}}),
        ({"move": {"data": "data.raw"}}, "text", {"raw": "text"}),
        ({"move": {"data.inner": "data"}}, {"inner": {"a": 1}, "b": 1}, {"a": 1}),
        ({"rename": {"data.a": "b"}}, {"a": 1}, {"b": 1}),
        ({"rename": {"data.a": "a"}}, {"a": 1}, {"a": 1}),
        ({"rename": {"data.x.a": "with.dot"}}, {"x": {"a": 1}}, {"x": {"with.dot": 1}}),
        ({"lowercase": "data.a"}, {"a": "ÄB"}, {"a": "äb"}),
        ({"uppercase": ["data.a", "data.b.c"]}, {"a": "x", "b": {"c": "y"}}, {"a": "X", "b": {"c": "Y"}}),
        ({"trim": "data.list.0"}, {"list": [" x\n"]}, {"list": ["x"]}),
        ({"trim": "data"}, " x ", "x"),
        ({"convert": {"data.a": "int", "data.b": "float"}}, {"a": "1", "b": "1.5"}, {"a": 1, "b": 1.5}),
        (
            {"convert": {"data.t": {"timestamp": "%d/%b/%Y:%H:%M:%S %z"}}},
            {"t": "23/Nov/2026:01:00:00 +0100"},
            {"t": 1795392000.0},
        ),
        ({"parse": {"key": "data.a", "decoder": "json"}}, {"a": '{"b": 1}'}, {"a": {"b": 1}}),
        ({"parse": {"key": "data.a", "decoder": "json", "into": "data"}}, {"a": b"[1]"}, [1]),
        (
            {"parse": {"key": "data.a", "decoder": {"json": {"framing": "documents"}}}},
            {"a": "{\n}"},
            {"a": {}},
        ),
    ],
)
def test_an_operation_changes_the_event(operation, before, after):
    assert changed(before, operation) == after


def test_operations_are_applied_in_order():
    steps = [
        {"set": {"data.a": "X"}},
        {"lowercase": "data.a"},
        {"rename": {"data.a": "b"}},
        {"copy": {"data.b": "data.c"}},
    ]
    assert changed({}, *steps) == {"b": "x", "c": "x"}


def test_a_template_sees_the_changes_of_earlier_operations():
    assert changed({}, {"set": {"data.a": 1}}, {"set": {"data.b": "{{ data.a + 1 }}"}})["b"] == "2"


def test_every_field_of_an_event_can_be_changed():
    event = Event({"id": "i", "level": "x"})
    event.tags.append("old")
    operations = [
        {"set": {"tmp.modify.seen": True, "ttl": 7, "tags.0": "new"}},
        {"copy": {"data.id": "uuid"}},
        {"set": {"timestamp": 5.0}},
        {"delete": "data.level"},
    ]
    changed(event, *operations)
    assert (event.tmp, event.tags, event.uuid, event.timestamp) == (
        {"modify": {"seen": True}},
        ["new"],
        "i",
        5.0,
    )


def test_copies_share_nothing():
    with Harness(
        Modify, {"operations": [{"copy": {"data.a": "data.b"}}, {"set": {"data.c": {"x": []}}}]}
    ) as modifying:
        for _ in range(2):
            modifying.feed({"a": [1]})
        one, two = modifying.receive_many(2)
        one.data["b"].append(2)
        one.data["c"]["x"].append(1)
        assert (one.data["a"], two.data) == ([1], {"a": [1], "b": [1], "c": {"x": []}})


def test_extracts_the_groups_that_matched_in_the_first_match():
    extract = {"key": "data.m", "pattern": r"user (?P<user>\w+)( from (?P<ip>[\d.]+))?"}
    assert changed({"m": "x user ada. user bob"}, {"extract": extract}) == {
        "m": "x user ada. user bob",
        "user": "ada",
    }
    assert changed({"m": "user ada from 1.2"}, {"extract": extract})["ip"] == "1.2"


@pytest.mark.parametrize(
    ("payload", "into", "after"),
    [
        ({"m": "a", "into": {"x": 0, "y": 0}}, "data.into", {"m": "a", "into": {"x": "a", "y": 0}}),
        ({"m": "a"}, "data.into.deep", {"m": "a", "into": {"deep": {"x": "a"}}}),
        ({"m": "a", "into": 5}, "data.into", {"m": "a", "into": {"x": "a"}}),
    ],
)
def test_extracts_below_into(payload, into, after):
    assert changed(payload, {"extract": {"key": "data.m", "pattern": "(?P<x>a)", "into": into}}) == after


def test_a_text_payload_is_replaced_by_the_groups():
    assert changed("ada 5", {"extract": {"key": "data", "pattern": r"(?P<user>\w+) (?P<n>\d+)"}}) == {
        "user": "ada",
        "n": "5",
    }


def test_a_text_that_does_not_match_fails_or_is_left_unchanged():
    extract = {"key": "data.m", "pattern": "(?P<x>a)"}
    assert failure({"m": "b"}, {"extract": extract}) == (
        "operations.0 (extract data.m): The text does not match the pattern '(?P<x>a)'."
    )
    assert changed({"m": "b"}, {"extract": {**extract, "unmatched": "skip"}}) == {"m": "b"}


def test_no_text_keeps_a_pattern_busy():
    """Python's own engine would not finish with this text."""
    extract = {"key": "data", "pattern": r"^(?P<x>(a+)+)+$", "unmatched": "skip"}
    text = "a" * 200_000 + "b"
    assert changed(text, {"extract": extract}) == text


@pytest.mark.parametrize(
    ("hashing", "value", "digest"),
    [
        ({}, "ada", hashlib.sha256(b"ada").hexdigest()),
        ({"algorithm": "blake2b"}, b"\xff", hashlib.blake2b(b"\xff").hexdigest()),
        ({"algorithm": "md5"}, {"b": 1, "a": 2}, hashlib.md5(b'{"a":2,"b":1}').hexdigest()),
        ({"secret": "s"}, "ada", hmac.new(b"s", b"ada", "sha256").hexdigest()),
        ({"secret": "s", "algorithm": "sha3_256"}, 5, hmac.new(b"s", b"5", "sha3_256").hexdigest()),
    ],
)
def test_hashes_a_value(hashing, value, digest):
    assert changed({"x": value}, {"hash": {"key": "data.x", **hashing}}) == {"x": digest}
    assert changed({"x": value}, {"hash": {"key": "data.x", "into": "data.y", **hashing}}) == {
        "x": value,
        "y": digest,
    }


def test_a_secret_is_in_no_error_and_no_representation():
    with Harness(Modify, {"operations": [{"hash": {"key": "data.x", "secret": "hush"}}]}) as modifying:
        modifying.feed({"x": object()})
        assert "hush" not in str(modifying.receive("failed").errors)
    from wishbone_function_modify.operation import Hash

    assert "hush" not in repr(Hash("data.x", secret="hush"))


@pytest.mark.parametrize(
    ("operation", "payload", "message"),
    [
        (
            {"set": {"data.a.b": 1}},
            {"a": "text"},
            "operations.0 (set data.a.b): The key 'data.a.b' cannot be set",
        ),
        ({"set": {"data.a": 1}}, "text", "operations.0 (set data.a): The key 'data.a' cannot be set"),
        ({"set": {"data.list.9": 1}}, {"list": []}, "The key 'data.list.9' cannot be set"),
        ({"set": {"data.level": 1}}, Log(1.0, 6, 1, "m", "x"), "The key 'data.level' cannot be set"),
        ({"set": {"data.a": 1}}, MappingProxyType({}), "The key 'data.a' cannot be set"),
        (
            {"set": {"data.a": "{{ data.x }}"}},
            {},
            "operations.0 (set data.a): The template '{{ data.x }}' cannot be filled in",
        ),
        (
            {"set": {"ttl": "x"}},
            {},
            "operations.0 (set ttl): 'ttl' of an event must be of type int, not str.",
        ),
        ({"delete": "data.a"}, {"b": 1}, "operations.0 (delete data.a): The event has no key 'data.a'"),
        ({"delete": "uuid"}, {}, "operations.0 (delete uuid): 'uuid' cannot be deleted"),
        ({"copy": {"data.a": "data.b"}}, {}, "operations.0 (copy data.a): The event has no key 'data.a'"),
        (
            {"move": {"data.a": "data.b.c"}},
            {"a": 1, "b": "x"},
            "operations.0 (move data.a): The key 'data.b.c' cannot be set",
        ),
        (
            {"rename": {"data.a.b": "c"}},
            {"a": 1},
            "operations.0 (rename data.a.b): The event has no key 'data.a.b'",
        ),
        (
            {"lowercase": "data.a"},
            {"a": 5},
            "operations.0 (lowercase data.a): the value has the wrong type",
        ),
        (
            {"convert": {"data.a": "int"}},
            {"a": "x"},
            "operations.0 (convert data.a): invalid literal for int()",
        ),
        (
            {"convert": {"data.a": {"timestamp": "%Y"}}},
            {"a": "x"},
            "time data 'x' does not match format '%Y'",
        ),
        (
            {"parse": {"key": "data.a", "decoder": "json"}},
            {"a": "{"},
            "operations.0 (parse data.a): The frame is not valid JSON",
        ),
        (
            {"parse": {"key": "data.a", "decoder": "json"}},
            {"a": "1\n2"},
            "The text holds 2 values of 'json'; expected one.",
        ),
        ({"parse": {"key": "data.a", "decoder": "json"}}, {"a": ""}, "The text holds 0 values of 'json'"),
        (
            {"parse": {"key": "data.a", "decoder": "json"}},
            {"a": 5},
            "operations.0 (parse data.a): The value is of type int, not text: parse it only once, or use",
        ),
        (
            {"extract": {"key": "data.a", "pattern": "(?P<x>a)"}},
            {"a": 5},
            "operations.0 (extract data.a): the value has the wrong type",
        ),
        (
            {"hash": {"key": "data.a"}},
            {"a": object()},
            "operations.0 (hash data.a): the value has the wrong type",
        ),
    ],
)
def test_an_operation_that_fails_reports_where_and_why(operation, payload, message):
    assert message in failure(payload, operation)


def test_an_event_that_fails_is_unchanged():
    event = Event({"a": {"b": 1}, "list": [1, 2, 3], "text": " x ", "gone": 5, "m": "ada"})
    event.tags.append("tag")
    before = event.dump()
    operations = [
        {"set": {"data.a.b": 2, "data.a.c": 3, "data.new.deep": 1, "tmp.x.y": 1, "tags.0": "t", "ttl": 3}},
        {"delete": ["data.gone", "data.list.1", "data.list.0"]},
        {"copy": {"data.list": "data.copied"}},
        {"move": {"data.a": "data.moved"}},
        {"set": {"data.moved.b": 4, "data.moved.new": 5}},
        {"rename": {"data.text": "title"}},
        {"trim": "data.title"},
        {"extract": {"key": "data.m", "pattern": "(?P<m>a)(?P<n>d)"}},
        {"move": {"data": "data.all"}},
        {"delete": "data.all.moved"},
        {"delete": "tags"},
        {"convert": {"data.all.title": "int"}},
    ]
    assert "operations.11 (convert data.all.title)" in failure(event, *operations)
    after = event.dump()
    after.pop("errors"), before.pop("errors")
    assert after == {**before, "ttl": before["ttl"] - 2}, "one for the module, one for the test behind it"


def test_an_event_that_fails_does_not_stop_the_next():
    with Harness(Modify, OPERATIONS) as modifying:
        modifying.feed({"host": 5})
        modifying.feed({"host": "WEB"})
        assert modifying.receive().data == {"host": "web", "level": "info"}
        assert modifying.receive("failed").data == {"host": 5}


MISSING = [
    {"delete": ["data.a", "data.b"]},
    {"copy": {"data.a": "data.x"}},
    {"move": {"data.a.b": "data.x"}},
    {"rename": {"data.a": "x"}},
    {"trim": "data.list.7"},
    {"convert": {"data.a": "int"}},
    {"extract": {"key": "data.a", "pattern": "(?P<x>a)"}},
    {"parse": {"key": "data.a", "decoder": "json"}},
    {"hash": {"key": "tmp.x.y"}},
]


@pytest.mark.parametrize("operation", MISSING)
def test_a_missing_key_is_an_error_or_skipped(operation):
    after = {} if "delete" in operation else {"b": 1}
    assert "The event has no key" in failure({"b": 1}, operation)
    assert changed({"b": 1}, operation, missing="skip") == after
    assert changed({"b": 1}, {**operation, "missing": "skip"}) == after
    assert "The event has no key" in failure({"b": 1}, {**operation, "missing": "error"}, missing="skip")


def test_a_key_that_cannot_be_set_is_an_error_and_nothing_is_lost():
    event, left_by = modify({"a": 1, "list": []}, {"move": {"data.a": "data.list.3.x"}}, missing="skip")
    assert (event.data, left_by) == ({"a": 1, "list": []}, "failed")


def test_a_payload_is_neither_a_template_nor_a_pattern_nor_a_key():
    payload = {"a": "{{ 7 * 7 }}", "b": "(a+)+$", "c": "data.a"}
    assert changed(payload, {"set": {"data.d": "{{ data.a }}{{ data.b }}"}})["d"] == "{{ 7 * 7 }}(a+)+$"


def test_events_are_acknowledged_at_the_end_of_the_branch():
    with Harness(Modify, OPERATIONS) as modifying:
        assert modifying.feed_acknowledged(dict(GOOD)).wait().acknowledged
