from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wishbone.arguments import KeySelector
from wishbone.arguments.convert import convert_arguments
from wishbone.arguments.selector import LONGEST
from wishbone.error import ConfigError, InvalidData, KeyMissing
from wishbone.event import Event
from wishbone.module import FlowModule

texts = st.text(st.characters(exclude_categories=["Cs"]))
scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | texts
values = st.recursive(scalars, lambda inner: st.lists(inner) | st.dictionaries(texts, inner), max_leaves=5)


class Keyed(FlowModule):
    def __init__(self, config, key: KeySelector, other: KeySelector | None = None):
        super().__init__(config)


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("data.user", "ada"),
        ("data.hosts.1", "b"),
        ("tmp.input.path", "/x"),
        (r"data.a\.b", "dotted"),
        ("{{ data.user }}@{{ data.hosts.0 }}", "ada@a"),
    ],
)
def test_reads_a_field_or_renders_a_template(text, key):
    event = Event({"user": "ada", "hosts": ["a", "b"], "a.b": "dotted"})
    event.set("/x", "tmp.input.path")
    assert KeySelector(text).select(event) == key
    assert KeySelector(text).value(event) == key


@given(values, values)
def test_two_keys_are_equal_if_and_only_if_type_and_content_are(one, other):
    def key(value):
        return KeySelector("data").select(Event(value))

    assert (key(one) == key(other)) == (repr(_sorted(one)) == repr(_sorted(other)))


def _sorted(value):
    if isinstance(value, dict):
        return {name: _sorted(value[name]) for name in sorted(value)}
    return [_sorted(item) for item in value] if isinstance(value, list) else value


@pytest.mark.parametrize(
    "value", ["x" * 1_000_000, list(range(100_000)), {"a": {"b": "c" * 1000}}, b"x" * 1000]
)
def test_a_key_is_short_even_for_a_large_value(value):
    assert len(KeySelector("data").select(Event(value))) <= LONGEST


def test_a_long_text_and_bytes_with_the_same_json_have_different_keys():
    binary = b"\0" * 99
    select = KeySelector("data").select
    assert select(Event(binary)) != select(Event("A" * 132))


def test_a_time_is_a_key():
    moment = datetime(2026, 1, 2, tzinfo=UTC)
    select = KeySelector("data").select
    assert select(Event(moment)) == select(Event(datetime(2026, 1, 2, tzinfo=UTC)))


@pytest.mark.parametrize("value", [object(), {1: 2}, "\ud800" * 99])
def test_a_value_that_cannot_be_compared_is_an_error_of_the_event(value):
    with pytest.raises(InvalidData, match=r"cannot tell events apart: .* Name a part of it"):
        KeySelector("data.x").select(Event({"x": value}))


def test_a_missing_key_is_an_error_of_the_event():
    with pytest.raises(KeyMissing, match=r"no key 'data\.usr'.* Did you mean 'user'"):
        KeySelector("data.usr").select(Event({"user": 1}))
    with pytest.raises(InvalidData, match="cannot be filled in"):
        KeySelector("{{ data.usr }}").select(Event({"user": 1}))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("date.user", "begins with 'date', which no event has. Did you mean 'data'"),
        ("user", "begins with 'user'"),
        ("data..user", "cannot be read"),
        ("", "cannot be read"),
        ("{{ data.user", "cannot be read"),
        ("{{ date.user }}", "names date, which no event has"),
    ],
)
def test_a_text_that_is_neither_key_nor_template_is_refused(text, message):
    with pytest.raises(ConfigError, match=message):
        KeySelector(text)


def test_is_an_argument_of_a_module():
    converted, problems = convert_arguments(Keyed, {"key": "data.user"})
    assert not problems
    assert converted["key"].text == "data.user"
    selector = KeySelector("{{ shout(data) }}", {"shout": str.upper})
    converted, problems = convert_arguments(Keyed, {"key": selector, "other": None})
    assert (converted, problems) == ({"key": selector, "other": None}, [])
    assert repr(selector) == "KeySelector('{{ shout(data) }}')"


@pytest.mark.parametrize(
    ("value", "message"), [(5, "Expected a key such as data.user.id"), ("x.y", "begins with 'x'")]
)
def test_an_invalid_argument_is_reported_with_its_path(value, message):
    _, problems = convert_arguments(Keyed, {"key": "data", "other": value})
    assert [problem.path for problem in problems] == [("other",)]
    assert message in problems[0].message
