"""Every function that templates may call costs little, whatever a payload gives it."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import attacks
import pytest
from hostile import PAYLOAD
from hypothesis import example, given
from hypothesis import strategies as st

from wishbone._jinja.allowed import FILTERS, METHODS, NAMES_OF_FUNCTIONS, OPERATORS, TESTS
from wishbone._jinja.limits import ALLOWANCE
from wishbone.arguments import Expression, Template
from wishbone.error import InvalidData
from wishbone.event import Event

SECONDS = 2
"""Of the processor, for a payload of 15 MB that is made to hurt: under 0.5 where nothing else runs.

Without limits, each text would take tens of seconds, or never end.
"""

MIB = 100


def evaluated(texts):
    """Evaluate texts in a process of their own, and return each with what it cost."""
    command = [sys.executable, str(Path(__file__).with_name("hostile.py"))]
    ended = subprocess.run(
        command, input=json.dumps(texts), capture_output=True, text=True, timeout=300, check=False
    )
    lines = [json.loads(line) for line in ended.stdout.splitlines()]
    assert ended.returncode == 0, (lines[-1:], ended.stderr[-1000:])
    return [before | after for before, after in zip(lines[::2], lines[1::2], strict=True)]


def assert_bounded(texts):
    found = evaluated(texts)
    assert [each for each in found if each["seconds"] > SECONDS or each["memory"] > MIB] == []
    for each in found:
        assert each["error"] is None or each["error"].startswith(
            (f"The template {each['text']!r}"[:300], f"The expression {each['text']!r}"[:300])
        )


@pytest.mark.parametrize(
    ("allowed", "hostile"),
    [
        (FILTERS, attacks.FILTERS),
        (METHODS, attacks.METHODS),
        (TESTS, attacks.TESTS),
        (OPERATORS, attacks.OPERATORS),
    ],
    ids=["filters", "methods", "tests", "operators"],
)
def test_no_function_takes_long_or_much_memory(allowed, hostile):
    assert sorted(hostile) == sorted(allowed), "each function needs a hostile test"
    assert_bounded([text for texts in hostile.values() for text in texts])


def test_no_arithmetic_and_no_statement_takes_long_or_much_memory():
    assert_bounded(attacks.OTHERS)


def combined(kind, name, chosen):
    """Return an expression that uses a function with random values of the payload."""
    values = [f"data.{name}" for name in PAYLOAD] + ["data", "data.missing"]
    subject, *arguments = chosen.choices(values, k=chosen.randint(1, 4))
    if name in NAMES_OF_FUNCTIONS:
        position, _ = NAMES_OF_FUNCTIONS[name]
        arguments[:] = [
            *chosen.choices(values, k=position),
            "'upper'" if name == "map" else "'eq'",
            *arguments,
        ]
    subject = "'%s%9999d{:9999}{}'" if name == "format" else subject
    rest = ", ".join(arguments)
    if kind == "test":
        return (
            f"{subject} is {name}({rest})" if name.isalpha() else f"[{subject}]|select('{name}', {rest or 1})"
        )
    if name == "cycle":
        return attacks.EACH.format(f"loop.cycle({rest})")
    return f"{subject}|{name}({rest})" if kind == "filter" else f"{subject}.{name}({rest})"


@pytest.mark.long
@pytest.mark.parametrize(
    ("kind", "name"),
    [
        (kind, name)
        for kind, names in (("filter", FILTERS), ("method", METHODS), ("test", TESTS))
        for name in names
    ],
)
def test_no_function_takes_long_whatever_its_arguments(kind, name):
    chosen = random.Random(name)
    assert_bounded([combined(kind, name, chosen) for _ in range(60)])


def test_a_random_call_of_each_function_is_bounded():
    chosen = random.Random()
    names = [("filter", name) for name in FILTERS] + [("method", name) for name in METHODS]
    assert_bounded([combined(kind, name, chosen) for kind, name in names])


def test_what_a_plugin_returns_is_bounded():
    functions = {"much": lambda: ["x" * 1000] * 100_000, "endless": lambda: (x for x in iter(int, 1))}
    for text in ("much()|length", "endless()|length", "[much()]"):
        with pytest.raises(InvalidData, match="would be too large"):
            Expression(text, functions).evaluate(Event())


def test_a_large_payload_passes():
    text = "x" * 10_000_000
    event = Event({"text": text, "rows": [{"n": n, "text": "some words"} for n in range(100_000)]})
    assert Template("{{ data.text }}").render(event) == text
    assert len(Template("{{ data }}").render(event)) > len(text)
    assert Template("{{ data.text|upper }}!").render(event) == text.upper() + "!"
    assert Template("{% for row in data.rows[:10000] %}{{ row.n }}: {{ row.text }}\n{% endfor %}").render(
        event
    )


def test_a_limit_that_is_exceeded_is_an_error_that_says_so():
    with pytest.raises(
        InvalidData, match=f"would be too large.* one event may cost {ALLOWANCE >> 20} MiB. Limit"
    ):
        Template("{{ data.name.ljust(data.width) }}").render(Event({"name": "x", "width": 10**9}))


@given(st.text(), st.integers(), st.integers(-(10**6), 10**6))
@example("x", 10**9, 0)
def test_padding_is_python_s_or_refused(text, width, digits):
    event = Event({"text": text, "width": width, "digits": digits})
    for name in ("ljust", "rjust", "center", "zfill"):
        with suppress(InvalidData):
            assert Expression(f"data.text.{name}(data.width)").evaluate(event) == getattr(text, name)(width)
    with suppress(InvalidData):
        assert Expression("2.5|round(data.digits)").evaluate(event) == round(2.5, digits)
