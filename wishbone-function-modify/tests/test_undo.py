"""For any operations and any payload, all operations are applied or none."""

from __future__ import annotations

from collections import UserDict, UserList
from contextlib import suppress

from hypothesis import given
from hypothesis import strategies as st

from wishbone.arguments.convert import convert_arguments
from wishbone.config import ActorConfig
from wishbone.error import InvalidData
from wishbone.event import Event
from wishbone_function_modify import Modify

NAMES = st.sampled_from(["a", "b", "0", "1"])
KEYS = st.lists(NAMES, max_size=3).map(lambda names: ".".join(["data", *names]))
LEAVES = st.sampled_from(["x", " Y ", "5", "", 1, None, True, "user ada", '{"a": [1]}'])
PAYLOADS = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=12,
)
POLICIES = st.sampled_from([{}, {"missing": "skip"}, {"missing": "error"}])


def one(name, argument):
    return st.builds(lambda value, policy: {name: value, **policy}, argument, POLICIES)


OPERATIONS = st.one_of(
    one(
        "set",
        st.dictionaries(KEYS, LEAVES | st.just({"a": [1]}) | st.just("{{ data.a }}"), min_size=1, max_size=2),
    ),
    one("delete", KEYS),
    one("copy", st.dictionaries(KEYS, KEYS, min_size=1, max_size=2)),
    one("move", st.dictionaries(KEYS, KEYS, min_size=1, max_size=2)),
    one("rename", st.dictionaries(KEYS.filter(lambda key: "." in key), NAMES, min_size=1, max_size=1)),
    one("uppercase", KEYS),
    one("convert", st.dictionaries(KEYS, st.sampled_from(["int", "bool"]), min_size=1, max_size=1)),
    one(
        "extract",
        st.builds(
            lambda key, into: {"key": key, "pattern": r"(?P<a>\w+) ?(?P<b>\w+)?", "into": into}, KEYS, KEYS
        ),
    ),
    one("parse", st.builds(lambda key, into: {"key": key, "decoder": "json", "into": into}, KEYS, KEYS)),
    one("hash", st.builds(lambda key: {"key": key}, KEYS)),
)


def build(operations):
    converted, wrong = convert_arguments(Modify, {"operations": operations})
    assert wrong == []
    return Modify(ActorConfig("modify"), **converted)


def plain(value):
    """Return a payload with plain containers."""
    if isinstance(value, dict | UserDict):
        return {name: plain(item) for name, item in value.items()}
    if isinstance(value, list | UserList):
        return [plain(item) for item in value]
    return value


def strange(value):
    """Return a payload without Python's own containers."""
    if isinstance(value, dict):
        return UserDict({name: strange(item) for name, item in value.items()})
    if isinstance(value, list):
        return UserList([strange(item) for item in value])
    return value


def outcome(operations, payload):
    event = Event(payload)
    try:
        build(operations).consume(event)
    except InvalidData:
        return "failed", plain(event.data)
    return "done", plain(event.data)


@given(PAYLOADS, st.lists(OPERATIONS, min_size=1, max_size=6))
def test_an_event_that_fails_is_unchanged(payload, operations):
    before = Event(payload).dump()["data"]
    what, after = outcome(operations, payload)
    if what == "failed":
        assert after == before


@given(PAYLOADS, st.lists(OPERATIONS, min_size=1, max_size=5))
def test_operations_do_the_same_one_by_one_as_together(payload, operations):
    event = Event(Event(payload).dump()["data"])
    failed = False
    for operation in operations:
        if not failed:
            try:
                build([operation]).consume(event)
            except InvalidData:
                failed = True
    what, after = outcome(operations, payload)
    assert (what == "failed") == failed
    if not failed:
        assert after == plain(event.data)


@given(PAYLOADS, st.lists(OPERATIONS, min_size=1, max_size=4))
def test_the_type_of_the_mapping_makes_no_difference(payload, operations):
    templates = any("{{" in str(operation) for operation in operations)
    hashes = any("hash" in operation for operation in operations)
    if templates or hashes:
        return
    with suppress(RecursionError):
        assert outcome(operations, strange(payload)) == outcome(operations, payload)
