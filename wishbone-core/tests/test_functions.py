"""The functions that templates may call do what Jinja2's and Python's do."""

from __future__ import annotations

from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import StrictUndefined
from jinja2.sandbox import SandboxedEnvironment

from wishbone.arguments import Expression
from wishbone.event import Event

REFERENCE = SandboxedEnvironment(undefined=StrictUndefined)
TEXTS = st.text("aAß<&'.,- \t\n\r\u2028é\U0001f600", max_size=12) | st.text(max_size=5)
SMALL = st.integers(-3, 6)
SAME_AS_JINJA = [
    "data.a.center(data.n + 9)|length",
    "data.a|replace(data.b, 'xy', data.n)",
    "data.a|replace(data.b, data.a)",
    "data.a|center(data.n)",
    "data.a|indent(data.n, true, true)",
    "data.a|indent(data.b)",
    "data.a|truncate(9, data.n > 1, '.', 0)",
    "data.a|title ~ data.a|capitalize ~ data.a|upper ~ data.a|lower",
    "data.a|urlencode ~ data.a|trim ~ data.a|trim(data.b) ~ data.a|wordcount ~ data.a|length",
    "'' ~ data.a|escape",
    "data.a|tojson|string ~ data.list|tojson(2) ~ {data.a: [data.n, none, {}]}|tojson(indent=data.n)",
    "data.list|batch(data.n, 'x')|list",
    "data.list|slice(data.n, data.a)|list",
    "data.list|join(data.a) ~ data.list|join",
    "data.list|sum ~ data.list|min ~ data.list|max ~ (data.list|first) ~ (data.list|last)",
    "data.list|sort|list == data.list|sort(reverse=true)|reverse|list",
    "data.list|unique|list",
    "data.rows|map(attribute='n')|list + data.rows|map(attribute='m', default=data.a)|list",
    "data.rows|groupby('n')|map('first')|list + data.rows|sort(attribute='n,a')",
    "data.rows|selectattr('n', '>', 1)|list + data.rows|rejectattr('n')|list",
    "data.list|select('odd')|list + data.list|reject('in', [1, 2])|list + data.list|select|list",
    "[data.a, data.b]|map('upper')|map('replace', 'A', data.b)|list",
    "{data.a: 1, data.b: 2}|dictsort + {data.a: data.n}|items|list",
    "data.n|round(1) ~ (data.n / 7)|round(2, 'floor') ~ data.n|abs",
    "data.n|float ~ data.a|int(7) ~ data.a|float ~ '42.7'|int",
    "(data.n * 100000)|filesizeformat ~ (data.n * 100)|filesizeformat(true)",
    "'%05.2f|%s|%r' % (data.n, data.a, data.b)",
    "'%s'|format(data.list) ~ '{:>5}|{!r}'.format(data.n, data.a)",
    "'{0[0]}{1.n}'.format([data.a], data.rows[0])",
    "data.a[data.n:] ~ data.a[:data.n] ~ data.a[::-1] ~ data.list[1:data.n]",
    "data.a.split(data.b or 'x', data.n) + data.a.rsplit(none, 1)",
    "data.a.splitlines(true) + data.a.split()",
    "data.a.partition('a') + data.a.rpartition('a')",
    "[data.a.find(data.b), data.a.rfind(data.b), data.a.count(data.b), data.list.count(data.n)]",
    "[data.a.startswith(data.b), data.a.endswith(('a', 'b')), data.a.isdigit()]",
    "data.a.ljust(data.n, '-') ~ data.a.rjust(9) ~ data.a.zfill(9)",
    "data.a.expandtabs(data.n) ~ data.a.strip(data.b) ~ data.a.lstrip() ~ data.a.rstrip('a')",
    "data.a.casefold() ~ data.a.swapcase()",
    "data.a.title() ~ data.a.removeprefix('a') ~ data.a.removesuffix('a')",
    "'-'.join([data.a, data.b]) ~ {data.a: data.n}.get(data.a) ~ {data.a: data.n}.get('no', data.b)",
    "1 < data.n <= 3 and data.n in data.list or data.a not in [data.b] and data.a in data.b",
    "data.n is odd and data.n is divisibleby(2)",
    "data.a is eq(data.b) or data.a is string and data.n is number and data.list is sequence",
    "data.a ~ data.b ~ data.n ~ data.list + [data.n] if data.n > 1 else data.a + data.b * 2",
    "data.n ** 2 + data.n // 2 - data.n % 3 * -data.n / 4",
]


@pytest.mark.parametrize("text", SAME_AS_JINJA)
@given(a=TEXTS, b=TEXTS, n=SMALL, numbers=st.lists(SMALL, max_size=5))
def test_a_function_does_the_same_as_in_jinja(text, a, b, n, numbers):
    names = {"a": a, "b": b, "n": n, "list": numbers, "rows": [{"n": each, "a": a} for each in numbers]}
    ours, theirs = compiled(text)
    assert outcome(lambda: ours(Event(names))) == outcome(lambda: theirs(data=names))


@cache
def compiled(text):
    return Expression(text).evaluate, REFERENCE.compile_expression(text, undefined_to_none=False)


def outcome(function):
    try:
        return repr(function())
    except Exception:  # noqa: BLE001 - the messages differ
        return "error"
