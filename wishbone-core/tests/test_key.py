from __future__ import annotations

from types import MappingProxyType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wishbone import Actor, ActorConfig
from wishbone.arguments import EventKey
from wishbone.arguments.convert import convert_arguments
from wishbone.arguments.key import FIELDS, check_key, join_key, split_key
from wishbone.error import ConfigError, InvalidData, KeyMissing
from wishbone.event import Event, Log

NAMES = st.text(alphabet=st.one_of(st.characters(), st.sampled_from("\\.\n0")), min_size=1)


@given(st.lists(NAMES, min_size=1))
def test_splitting_undoes_joining(parts):
    assert split_key(join_key(parts)) == tuple(parts)


@given(st.text(alphabet="ab\\.0\n"))
def test_a_key_that_can_be_split_names_the_same_parts_when_joined_again(key):
    try:
        parts = split_key(key)
    except InvalidData:
        return
    assert all(parts)
    assert split_key(join_key(parts)) == parts


@pytest.mark.parametrize("key", ["", ".", "data.", ".data", "data..x", "data\\", "data.x\\"])
def test_a_key_with_an_empty_part_or_a_lone_backslash_is_refused(key):
    with pytest.raises(InvalidData, match="cannot be read: a key is names with dots between them"):
        split_key(key)


@given(st.lists(NAMES), st.integers())
def test_a_value_that_was_set_exists_until_it_is_deleted(names, value):
    event = Event({})
    key = join_key(["data", *names])
    event.set(value, key)
    assert event.has(key)
    assert event.get(key) == value
    event.delete(key)
    if names:
        assert not event.has(key)
        with pytest.raises(KeyMissing):
            event.get(key)
    else:
        assert event.data is None


@given(st.lists(NAMES, min_size=1), st.lists(NAMES, min_size=1), st.integers())
def test_setting_one_key_leaves_others_alone(one, other, value):
    shared = min(len(one), len(other))
    if one[:shared] == other[:shared]:
        return
    event = Event()
    event.set("before", join_key(["data", *one]))
    event.set(value, join_key(["data", *other]))
    assert event.get(join_key(["data", *one])) == "before"


def test_a_number_is_an_index_in_a_list_and_a_name_in_a_mapping():
    event = Event({"list": ["a", "b"], "map": {"1": "c"}})
    assert event.get("data.list.1") == "b"
    assert event.get("data.map.1") == "c"
    event.set("x", "data.list.0")
    assert event.data["list"] == ["x", "b"]
    event.delete("data.list.0")
    assert event.data["list"] == ["b"]


@pytest.mark.parametrize("part", ["-1", "2", "name", "\N{SUPERSCRIPT TWO}", "\N{ARABIC-INDIC DIGIT ONE}"])
def test_only_existing_positions_can_be_named_in_a_list(part):
    event = Event(["a", "b"])
    with pytest.raises(KeyMissing, match="The list there has 2 items, counted from 0"):
        event.get(f"data.{part}")
    with pytest.raises(InvalidData, match="a number an existing position in a list"):
        event.set("c", f"data.{part}")
    with pytest.raises(KeyMissing):
        event.delete(f"data.{part}")
    assert event.data == ["a", "b"]


def test_a_position_of_thousands_of_digits_is_a_missing_key():
    """Python raises another error for such a number."""
    event = Event(["a"])
    assert not event.has("data." + "9" * 5000)
    with pytest.raises(InvalidData):
        event.set("x", "data." + "9" * 5000)


def test_a_missing_key_suggests_a_name():
    event = Event({"username": 1, 5: 2})
    with pytest.raises(KeyMissing, match=r"nothing is called 'usrname'\. Did you mean 'username'\?"):
        event.get("data.usrname")
    with pytest.raises(KeyError):
        event.get("data.usrname")


def test_a_missing_key_shows_its_message_without_quotes():
    with pytest.raises(KeyMissing) as caught:
        Event({}).get("data.x")
    assert str(caught.value).startswith("The event has no key")


@pytest.mark.parametrize("payload", ["text", b"bytes", 5, None])
def test_the_error_for_a_payload_without_parts_names_its_type(payload):
    with pytest.raises(KeyMissing, match=f"is of type {type(payload).__name__} and has no parts"):
        Event(payload).get("data.0")


def test_the_fields_of_a_log_can_be_read_but_not_changed():
    event = Event(Log(1.0, 6, 1, "input", "hello"))
    assert event.get("data.message") == "hello"
    with pytest.raises(KeyMissing, match="Did you mean 'message'"):
        event.get("data.mesage")
    with pytest.raises(InvalidData, match="is of type Log"):
        event.set("x", "data.message")
    with pytest.raises(InvalidData, match="a Log cannot be changed"):
        event.delete("data.message")


def test_a_mapping_that_cannot_change_is_not_changed():
    event = Event(MappingProxyType({"a": 1}))
    assert event.get("data.a") == 1
    with pytest.raises(InvalidData, match="is of type mappingproxy"):
        event.set(2, "data.a")
    with pytest.raises(InvalidData, match="a mappingproxy cannot be changed"):
        event.delete("data.a")


def test_a_list_that_cannot_take_a_value_is_left_as_it_was():
    event = Event(bytearray(b"ab"))
    with pytest.raises(InvalidData, match="cannot be set"):
        event.set("text", "data.0")
    assert event.data == bytearray(b"ab")


def test_a_missing_key_of_a_large_payload_lists_few_names():
    """Otherwise a client with large payloads slows down the server and fills its logs."""
    event = Event({f"name{number}": number for number in range(100_000)})
    with pytest.raises(KeyMissing) as caught:
        event.get("data.missing")
    assert len(str(caught.value)) < 1000


class Keyed(Actor):
    def __init__(self, config: ActorConfig, *, key: EventKey, into: EventKey | None = None) -> None: ...


@pytest.mark.parametrize("field", FIELDS)
def test_every_field_of_an_event_begins_a_key(field):
    assert Event("x").has(field)
    check_key(f"{field}.part")


def test_an_invalid_key_is_refused():
    with pytest.raises(ConfigError, match=r"begins with 'dta', which no event has\. Did you mean 'data'\?"):
        check_key("dta.user")
    with pytest.raises(ConfigError, match=r"The key 'data\.' cannot be read"):
        check_key("data.")


def test_a_module_takes_a_key_for_an_argument():
    converted, wrong = convert_arguments(Keyed, {"key": "data.user"})
    assert wrong == []
    assert Event({"user": "x"}).get(converted["key"]) == "x"
    _, (first, second) = convert_arguments(Keyed, {"key": 5, "into": "user"})
    assert (first.path, second.path) == (("key",), ("into",))
    assert first.message.startswith("Expected a key such as data.user.id, got `int`")
    assert second.message.startswith("The key 'user' begins with 'user'")
