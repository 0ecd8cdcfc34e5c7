from __future__ import annotations

import json
from datetime import UTC, datetime
from importlib.metadata import entry_points

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wishbone import ActorConfig
from wishbone.arguments.convert import ArgumentError
from wishbone.event import Event, Log
from wishbone_function_json import Json
from wishbone_testing import Harness
from wishbone_testing.conformance import FunctionConformance

TEXT = {"raw": '{"user": "ada"}'}
RECORD = {"record": {"user": "ada"}}
DECODE = {"direction": "decode", "key": "data.raw"}
ENCODE = {"direction": "encode", "key": "data.record"}
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda value: st.lists(value) | st.dictionaries(st.text(), value),
    max_leaves=8,
)


class TestConformanceOfDecode(FunctionConformance):
    module = Json
    arguments = DECODE
    good = TEXT


class TestConformanceOfEncode(FunctionConformance):
    module = Json
    arguments = ENCODE
    good = RECORD


def test_is_installed():
    (entry_point,) = entry_points(group="wishbone.function", name="json")
    assert entry_point.load() is Json


@pytest.mark.parametrize("text", ['{"user": "ada"}', b'{"user": "ada"}', ' {\n "user": "ada"\n}\n'])
def test_decodes_text_in_place_and_passes_on_the_event_itself(text):
    with Harness(Json, DECODE) as converting:
        event = converting.feed({"raw": text, "other": 1})
        assert converting.receive() is event
        assert event.data == {"raw": {"user": "ada"}, "other": 1}


def test_decodes_the_whole_payload_by_default():
    with Harness(Json, {"direction": "decode"}) as converting:
        converting.feed("[1, 2.5, null, true]")
        assert converting.receive().data == [1, 2.5, None, True]


def test_writes_the_result_to_into_and_keeps_the_text():
    with Harness(Json, {**DECODE, "into": "tmp.json.record"}) as converting:
        converting.feed({"raw": "[1]"})
        event = converting.receive()
        assert (event.data, event.tmp) == ({"raw": "[1]"}, {"json": {"record": [1]}})


def test_encodes_a_value_on_one_line():
    with Harness(Json, {**ENCODE, "into": "data.raw"}) as converting:
        record = {"user": "ada\n", "at": datetime(2026, 11, 23, tzinfo=UTC), "key": b"\x00"}
        converting.feed({"record": record})
        text = converting.receive().data["raw"]
        assert type(text) is str
        assert json.loads(text) == {"user": "ada\n", "at": "2026-11-23T00:00:00Z", "key": "AA=="}
        assert "\n" not in text


def test_encodes_a_log():
    with Harness(Json, {"direction": "encode"}) as converting:
        converting.feed(Log(1.0, 6, 7, "input", "hello"))
        assert json.loads(converting.receive().data)["message"] == "hello"


@pytest.mark.parametrize(
    ("payload", "message"),
    [
        ({"raw": "{"}, "The value of 'data.raw' cannot be converted. The text is not valid JSON"),
        ({"raw": ""}, "The text is not valid JSON"),
        ({"raw": "{} {}"}, "It must be one document"),
        ({"raw": b"\xff"}, "The text is not valid JSON"),
        ({"raw": "[" * 100_000}, "The text is not valid JSON"),
        ({"raw": {"user": "ada"}}, "It is of type dict, not text"),
        ({"raw": None}, "It is of type NoneType, not text"),
        ({"rwa": "{}"}, "The event has no key 'data.raw': nothing is called 'raw'. Did you mean 'rwa'?"),
        ("{}", "The event has no key 'data.raw'"),
    ],
)
def test_an_event_that_cannot_be_decoded_fails_unchanged_and_the_next_passes(payload, message):
    with Harness(Json, DECODE) as converting:
        converting.feed(payload)
        converting.feed({"raw": "1"})
        failed = converting.receive("failed")
        assert failed.data == payload
        assert message in failed.errors["module"]["message"]
        assert converting.receive().data == {"raw": 1}


def test_an_event_that_cannot_be_encoded_fails_unchanged_and_the_next_passes():
    with Harness(Json, ENCODE) as converting:
        payload = {"record": {"object": object()}}
        converting.feed(payload)
        converting.feed({"record": 1})
        failed = converting.receive("failed")
        assert failed.data is payload
        assert "cannot be written as JSON" in failed.errors["module"]["message"]
        assert converting.receive().data == {"record": "1"}


def test_events_are_acknowledged_at_the_end_of_the_branch():
    with Harness(Json, DECODE) as converting:
        assert converting.feed_acknowledged({"raw": "1"}).wait().acknowledged


@given(VALUES)
def test_decoding_reverses_encoding(value):
    event = Event({"x": value})
    for direction in ("encode", "decode"):
        Json(ActorConfig("json"), direction, "data.x").consume(event)
    assert event.data == {"x": value}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({}, "direction: It is missing"),
        ({"direction": "sideways"}, "direction: Invalid enum value 'sideways'"),
        ({"direction": "decode", "key": "raw"}, "key: The key 'raw' begins with 'raw', which no event has"),
        ({"direction": "decode", "into": "data..x"}, "into: The key 'data..x' cannot be read"),
        ({"direction": "decode", "key": 5}, "key: Expected a key such as data.user.id"),
    ],
)
def test_refuses_wrong_arguments(arguments, message):
    with pytest.raises(ArgumentError) as caught:
        Harness(Json, arguments)
    assert message in str(caught.value)
