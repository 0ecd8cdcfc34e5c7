"""Simple templates and expressions have the same result on the fast path as with Jinja2."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from wishbone._jinja import sandbox
from wishbone.arguments import Expression, Template
from wishbone.error import InvalidData
from wishbone.event import Event

NAMES = ["a", "b", "items", "keys", "__class__"]
PLACES = st.sampled_from(["data", "tags", "tmp", "errors", "ttl"]).flatmap(
    lambda root: st.lists(
        st.sampled_from([f".{name}" for name in NAMES] + ["['a']", "['x y']"]), max_size=3
    ).map(lambda parts: root + "".join(parts))
)
LITERALS = st.sampled_from(["1", "0", "2.5", "'a'", "''", "'x y'", "true", "false", "none", "'\\n\"'"])
OPERATORS = st.sampled_from(["==", "!=", "<", "<=", ">", ">=", "in", "not in", "and", "or"])
EXPRESSIONS = st.recursive(
    PLACES | LITERALS,
    lambda inner: (
        st.tuples(inner, OPERATORS, inner).map(" ".join).map("({})".format)
        | inner.map("(not {})".format)
        | st.tuples(inner, inner, inner).map(lambda three: "({} < {} <= {})".format(*three))
    ),
    max_leaves=5,
)


class Mapping(dict):
    """A subclass of dict: Jinja2 looks up its attributes first."""

    items = "attribute"


LEAVES = st.sampled_from([None, True, 0, 1, 2.5, "", "a", "x y", b"a", float("nan")])
PAYLOADS = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(st.sampled_from([*NAMES, "x y"]), inner, max_size=3)
        | st.dictionaries(st.sampled_from(NAMES), inner, max_size=2).map(Mapping)
    ),
    max_leaves=6,
)


def outcome(function, event):
    try:
        return repr(function(event))
    except InvalidData as error:
        return str(error)


@pytest.fixture(scope="module")
def jinja():
    """Return the two functions that compile without the fast path."""

    def compile_by(kind, text):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(sandbox, "fast_expression", lambda _, evaluate: evaluate)
            patch.setattr(sandbox, "fast_template", lambda _, render: render)
            return kind(text)

    return compile_by


@given(text=EXPRESSIONS, payload=PAYLOADS)
@example(text="data.a", payload={"a": {"b": 1}})
@example(text="data.items", payload={"items": 1})
@example(text="data.items", payload=Mapping(items=1))
@example(text="data.a < 'a'", payload={"a": 1})
@example(text="data['x y'] == none or data.a.b", payload={"a": {}})
def test_an_expression_has_the_same_value(jinja, text, payload):
    event = Event(payload)
    expected = outcome(jinja(Expression, text).evaluate, event)
    assert outcome(Expression(text).evaluate, event) == expected


@given(text=EXPRESSIONS, payload=PAYLOADS, before=st.text("ab {}\n\"'\\%", max_size=5))
@example(text="data.a", payload={"a": "x"}, before="{{{ '")
def test_a_template_renders_the_same(jinja, text, payload, before):
    text = f"{before.replace('{{', '').replace('{%', '')} {{{{ {text} }}}}\n"
    event = Event(payload)
    expected = outcome(jinja(Template, text).render, event)
    assert outcome(Template(text).render, event) == expected


def test_simple_texts_are_not_evaluated_by_jinja(monkeypatch):
    monkeypatch.setattr(sandbox, "EventContext", None)
    event = Event({"status": 503, "path": "/cart"})
    assert Expression("data.status >= 500 and 'test' not in tags").evaluate(event) is True
    assert Template("{{ data.path }}: {{ data['status'] }}").render(event) == "/cart: 503"


@pytest.mark.parametrize(
    "text", ["data.a|upper", "data.a + 1", "data.a.upper()", "data.a if data.b else 1", "data[0]"]
)
def test_other_texts_are_evaluated_by_jinja(monkeypatch, text):
    monkeypatch.setattr(sandbox, "EventContext", None)
    with pytest.raises(InvalidData, match="not callable"):
        Expression(text).evaluate(Event({"a": 1, "b": 2}))


def test_an_expression_nested_too_deeply_is_evaluated_by_jinja():
    text = "not " * 90 + "data"
    assert Expression(text).evaluate(Event(1)) is True
