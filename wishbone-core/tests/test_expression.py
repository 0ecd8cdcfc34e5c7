from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wishbone import Actor, ActorConfig
from wishbone.arguments import Expression
from wishbone.arguments.convert import convert_arguments
from wishbone.error import ConfigError, InvalidData
from wishbone.event import Event, Metric


class Module(Actor):
    def __init__(self, config: ActorConfig, *, keep: Expression, drop: Expression | None = "false") -> None:
        super().__init__(config)


def evaluate(text, data=None, functions=None):
    return Expression(text, functions).evaluate(Event(data))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("data.status >= 500", True),
        ("data.status", 503),
        ("data['a key'].list[1]", 2),
        ("data.status in (502, 503) and 'x' not in tags", True),
        ("data.user|upper ~ '!'", "UX!"),
        ("data.status // 100", 5),
        ("{'user': data.user}", {"user": "ux"}),
        ("data", {"status": 503, "user": "ux", "a key": {"list": [1, 2]}}),
        ("data.nothing is defined", False),
        ("data.nothing|default(0)", 0),
        ("'short' if data.user|length < 5 else 'long'", "short"),
        ("'long' if data.user|length > 5", None),
        ("data['a key'].list|map('string')", ["1", "2"]),
        ("true", True),
        ("none", None),
    ],
)
def test_an_expression_has_any_value(text, value):
    assert evaluate(text, {"status": 503, "user": "ux", "a key": {"list": [1, 2]}}) == value


@pytest.mark.parametrize("field", ["data", "errors", "tags", "timestamp", "tmp", "ttl", "uuid"])
def test_every_field_of_an_event_can_be_used(field):
    event = Event("hello")
    assert Expression(field).evaluate(event) == event.get(field)


def test_an_expression_reads_the_fields_of_a_metric():
    assert evaluate("data.value > 3 and data.name", Metric(1.0, "t", "s", "name", 4)) == "name"


@pytest.mark.parametrize("name", ["items", "keys", "values", "get", "copy", "update", "pop"])
def test_a_part_of_the_payload_comes_before_a_method_of_python(name):
    assert evaluate(f"data.{name}", {name: "part"}) == "part"
    assert evaluate(f"data.{name} is defined", {}) is False
    with pytest.raises(InvalidData, match=f"(has no )?attribute '{name}'"):
        evaluate(f"not data.{name}", {})


def test_a_method_can_be_called():
    assert evaluate("data.items()|list", {"a": 1}) == [("a", 1)]
    assert evaluate("data.upper()", "x") == "X"
    assert evaluate("data.startswith('x') and '{}'.format(data)", "x") == "x"


def test_an_expression_is_evaluated_for_each_event():
    expression = Expression("data + 1")
    assert [expression.evaluate(Event(number)) for number in (1, 2)] == [2, 3]


def test_a_missing_field_is_an_error_of_the_event():
    for text in (
        "data.usr",
        "data.usr == 'x'",
        "not data.usr",
        "data.usr.name is defined",
        "[data.user, data.usr]",
        "{'a': (1, data.usr)}",
    ):
        with pytest.raises(InvalidData, match=r"The expression .* cannot be evaluated: .* 'usr'"):
            evaluate(text, {"user": "x"})


def test_a_failure_on_an_event_is_an_error_of_the_event():
    with pytest.raises(InvalidData, match="cannot be evaluated") as caught:
        evaluate("1 / data", 0)
    assert isinstance(caught.value.__cause__, ZeroDivisionError)


@pytest.mark.parametrize(
    "text",
    [
        "''.__class__",
        "''|attr('__class__')",
        "''['__class__']",
        "'{0.__class__}'.format(data)",
        "data.format(tags)",
        "tags.append('x')",
        "tmp.clear()",
        "range(1000000000)",
    ],
)
def test_the_sandbox_refuses_access_beyond_the_event(text):
    event = Event("{0.__class__}")
    before = event.dump()
    with pytest.raises((InvalidData, ConfigError), match=r"cannot be evaluated|cannot be read"):
        Expression(text).evaluate(event)
    assert event.dump() == before


@pytest.mark.parametrize(
    ("text", "left", "right"),
    [
        ("data.left * data.right", "x" * 1000, 10**9),
        ("data.left * data.right", 10**9, [1, 2]),
        ("data.left ** data.right", 9**1000, 9**1000),
        ("data.left % data.right", "%0999999999d", 100),
        ("data.left % data.right", b"%.999999999d", 100),
    ],
)
def test_an_expression_cannot_make_a_huge_value(text, left, right):
    with pytest.raises(InvalidData, match=r"would be too large|is a format, so it must be written"):
        Expression(text).evaluate(Event({"left": left, "right": right}))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("data.price * 3", 7.5),
        ("'-' * 3", "---"),
        ("2 ** 10", 1024),
        ("2 ** -1", 0.5),
        ("17 % 10", 7),
        ("'%05.2f' % data.price", "02.50"),
    ],
)
def test_an_expression_calculates(text, value):
    assert Expression(text).evaluate(Event({"price": 2.5})) == value


@pytest.mark.parametrize("text", ["user", "event.data", "status >= 500", "acknowledgement"])
def test_an_unknown_name_is_refused_when_the_expression_is_compiled(text):
    with pytest.raises(ConfigError, match=r"The expression .* which no event has: the payload is 'data'"):
        Expression(text)


@pytest.mark.parametrize(
    "text", ["", "data >", "data = 5", "data }} x", "data | nofilter", "(data", "data;1"]
)
def test_an_invalid_text_is_refused_when_the_expression_is_compiled(text):
    with pytest.raises(ConfigError, match=r"The expression .* cannot be read"):
        Expression(text)


@pytest.mark.parametrize("text", ["{{ data.x }}", "{% if data %}x{% endif %}"])
def test_a_template_is_refused_with_a_hint(text):
    with pytest.raises(ConfigError, match=r"Write it without '\{\{' and '\}\}'"):
        Expression(text)


def test_an_expression_calls_the_functions_it_is_given():
    assert evaluate("double(data) > 40", 21, {"double": lambda value: value * 2}) is True


def test_an_expression_shows_its_text():
    assert repr(Expression("data")) == "Expression('data')"


def test_a_configuration_may_hold_a_text_a_constant_or_an_expression():
    expression = Expression("data")
    for written, value in ((expression, 7), ("data", 7), (True, True), (5, 5), (-1.5, -1.5)):
        converted, wrong = convert_arguments(Module, {"keep": written})
        assert wrong == []
        assert converted["keep"].evaluate(Event(7)) == value
        assert converted["drop"].evaluate(Event(7)) is False


@pytest.mark.parametrize(("written", "message"), [([1], "Expected an expression"), ("usr", "names usr")])
def test_an_invalid_expression_is_reported_with_its_path(written, message):
    (problem,) = convert_arguments(Module, {"keep": written})[1]
    assert problem.path == ("keep",)
    assert message in problem.message


SCALAR = st.none() | st.booleans() | st.integers() | st.text()


@given(st.dictionaries(st.text(), SCALAR), st.text() | st.sampled_from(dir(dict)))
def test_only_parts_of_the_payload_can_be_read(payload, name):
    expression = Expression("data[tmp.name]")
    event = Event(payload)
    event.tmp["name"] = name
    if name in payload:
        assert expression.evaluate(event) == payload[name]
    else:
        with pytest.raises(InvalidData):
            expression.evaluate(event)


@given(st.text())
def test_any_text_compiles_or_is_a_clear_error(text):
    with suppress(ConfigError):
        assert Expression(text).text == text
