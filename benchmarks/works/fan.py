"""Fanout to 1, 4 and 16 and a funnel back; and what one copy costs."""

from __future__ import annotations

from functools import partial
from statistics import median
from typing import TYPE_CHECKING

from figure import Figure

if TYPE_CHECKING:
    from bench import Bench

AMOUNT = 300_000
"""Copies of a run."""

LINEAR = 1.3
COPY = 3.0


def work(bench: Bench) -> list[Figure]:
    """Measure whether cost is linear in copies, and what a copy costs."""
    rounds = bench.rounds(*(partial(seconds, bench, copies) for copies in (1, 4, 16)))
    one, four, sixteen = (median(each[number] for each in rounds) for number in range(3))
    ratio = ((sixteen - four) / 12) / ((four - one) / 3)
    shown = f"{one * 1e6:.1f}, {four * 1e6:.1f}, {sixteen * 1e6:.1f} µs an event with 1, 4, 16 copies"
    copy = bench.run("engine", "copy_cost.py", bench.count(20_000))
    nested = copy["nested_right"]
    cost = f"{copy['clone'] * 1e9:.0f} ns to {copy['copy'] * 1e9:.0f} ns"
    return [
        Figure("fanout and funnel", "a copy of 5 to 16, to one of 2 to 4", shown, ratio, most=LINEAR),
        Figure("copy of ten fields", "copy.copy of the dict", cost, copy["ratio"], most=COPY),
        Figure(
            "copy of ten fields",
            "a nested payload shares nothing",
            "yes" if nested else "no",
            nested,
            least=1,
        ),
    ]


def seconds(bench: Bench, copies: int) -> float:
    """Return the seconds per event."""
    return bench.run("engine", "fan.py", copies, bench.count(AMOUNT // copies))["seconds"]
