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
    figures = [Figure("fanout and funnel", "a copy of 5 to 16, to one of 2 to 4", shown, ratio, most=LINEAR)]
    for copies in (1, 4, 16):
        copy = bench.run("engine", "copy_cost.py", bench.count(20_000) // copies, copies)
        work = f"copy of ten fields, {copies} at a time"
        cost = f"{copy['clone'] * 1e9:.0f} ns to {copy['copy'] * 1e9:.0f} ns"
        figures.append(Figure(work, "copy.copy of the dict", cost, copy["ratio"], most=COPY))
    nested = copy["nested_right"]
    shares = "yes" if nested else "no"
    figures.append(Figure("copy", "a nested payload shares nothing", shares, nested, least=1))
    return figures


def seconds(bench: Bench, copies: int) -> float:
    """Return the seconds per event."""
    return bench.run("engine", "fan.py", copies, bench.count(AMOUNT // copies))["seconds"]
