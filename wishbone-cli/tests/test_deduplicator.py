from __future__ import annotations

from random import Random
from time import perf_counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wishbone.event import Log
from wishbone_cli.logs.deduplicator import BURST, MAX_KINDS, PERIOD, Deduplicator, constant_part


def log(message, level=3, module="m", time=0.0):
    return Log(time, level, 1, module, message)


def shown(deduplicator, messages, now=0.0):
    return [one.message for message in messages for one in deduplicator.filter(log(message), now)]


@pytest.mark.parametrize(
    "pattern",
    [
        "The connection of 10.0.0.{} was lost after {} s.",
        "'value {}' is not a number.",
        'Cannot read "user{}": there is none.',
        "ValueError: {random} (/lib/module.py, line 12)",
        "The function died: KeyError: {random} (/lib/module.py, line 12)",
        "Event 3f{}a-11{}b was refused",
    ],
)
def test_messages_that_differ_in_values_only_are_one_kind(pattern):
    random = Random(1)
    messages = [
        pattern.format(n, n, random="".join(random.choices("abcdefgh :()\n", k=40))) for n in range(1000)
    ]
    deduplicator = Deduplicator()
    assert len(shown(deduplicator, messages)) == BURST
    (summary,) = deduplicator.expire(PERIOD)
    assert summary.message.endswith(f" (and {1000 - BURST} more like it)")


def test_errors_of_other_places_and_other_texts_are_other_kinds():
    messages = [
        "ValueError: x (/lib/a.py, line 1)",
        "ValueError: x (/lib/a.py, line 2)",
        "ValueError: x (/lib/b.py, line 1)",
        "KeyError: x (/lib/a.py, line 1)",
        "The disk is full.",
        "The disk is slow.",
    ]
    assert shown(Deduplicator(), messages * BURST) == messages * BURST


def test_the_count_says_whether_the_messages_were_the_same():
    deduplicator = Deduplicator()
    shown(deduplicator, ["same 1"] * 7)
    assert [one.message for one in deduplicator.expire(PERIOD)] == ["same 1 (repeated 2 more times)"]


def test_values_that_look_like_nothing_are_bounded_by_number():
    random = Random(1)
    messages = ["".join(random.choices("abcdefghij", k=12)) for _ in range(50_000)]
    deduplicator = Deduplicator()
    assert len(shown(deduplicator, messages)) == MAX_KINDS + BURST
    assert len(deduplicator._periods) == MAX_KINDS + 1
    assert shown(deduplicator, ["later"], PERIOD)[-1] == "later"


def test_a_flood_of_one_module_hides_no_other():
    deduplicator = Deduplicator()
    shown(deduplicator, [chr(97 + n % 26) * (n // 26 + 1) for n in range(5000)])
    assert list(deduplicator.filter(log("quiet", module="other"), 0.0))
    assert list(deduplicator.filter(log("quiet", level=2), 0.0))


@pytest.mark.parametrize("set_back", [-3600.0, 0.0, 3600.0])
def test_a_clock_that_is_set_hides_no_log(set_back):
    """The period ends by the time that has passed, whatever time the logs bear."""
    deduplicator = Deduplicator()
    for _ in range(2 * BURST):
        list(deduplicator.filter(log("error", time=1000.0), 50.0))
    found = list(deduplicator.filter(log("error", time=1000.0 + set_back), 50.0 + PERIOD))
    assert [one.message for one in found] == [f"error (repeated {BURST} more times)", "error"]


@given(st.text(alphabet="ab1'\"(: \\\n,)l", max_size=200))
def test_every_message_has_a_constant_part(message):
    part = constant_part(message)
    assert constant_part(message.replace("1", "2")) == part.replace("1", "2") or "line" in message


@pytest.mark.parametrize("unit", ["'", "\\'", '"', "a", "1", " (", ", line 1", "a1", "é"])
def test_no_message_is_slow(unit):
    began = perf_counter()
    constant_part((unit * 2000)[:2000])
    assert perf_counter() - began < 1
