"""A fanout to 1, 4 and 16 branches with a funnel after it; and the cost of one copy."""

from __future__ import annotations

from functools import partial
from statistics import median
from typing import TYPE_CHECKING

from figure import Figure

if TYPE_CHECKING:
    from bench import Bench

AMOUNT = 300_000
"""Copies in a run."""

LINEAR = 4.8
"""Maximum factor of time for four times the branches: a fifth more than linear, as for `building`."""

COPIES = {1: None, 2: 3.0, 4: 3.0, 16: 3.0}
"""Maximum cost of a branch relative to `copy.copy` of the dict. With 1 branch it is a single clone."""


def work(bench: Bench) -> list[Figure]:
    """Measure whether the cost is linear in the number of copies, and the cost of a copy."""
    rounds = bench.rounds(*(partial(seconds, bench, copies) for copies in (1, 4, 16)))
    one, four, sixteen = (median(each[number] for each in rounds) for number in range(3))
    shown = f"{one * 1e6:.1f}, {four * 1e6:.1f}, {sixteen * 1e6:.1f} µs an event with 1, 4, 16 branches"
    figures = [Figure("fanout and funnel", "16 branches to 4", shown, sixteen / four, most=LINEAR)]
    for branches, most in COPIES.items():
        copy = bench.run("engine", "copy_cost.py", bench.count(20_000) // branches, branches)
        work = f"fanout to {branches}, ten fields" if most else "one copy by itself, ten fields"
        cost = f"{copy['clone'] * 1e9:.0f} ns a {'branch' if most else 'copy'} to {copy['copy'] * 1e9:.0f} ns"
        figures.append(Figure(work, "copy.copy of the dict", cost, copy["ratio"], most=most))
    nested = copy["nested_copied"]
    shares = "yes" if nested else "no"
    figures.append(Figure("copy", "a nested payload shares nothing", shares, nested, least=1))
    return figures


def seconds(bench: Bench, copies: int) -> float:
    """Return the seconds per event."""
    return bench.run("engine", "fan.py", copies, bench.count(AMOUNT // copies))["seconds"]
