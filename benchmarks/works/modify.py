"""Five operations of `modify`, against the same five in Python."""

from __future__ import annotations

from typing import TYPE_CHECKING

from figure import Figure

if TYPE_CHECKING:
    from bench import Bench

EVENTS = 5_000
"""Events in a round, few enough to stay in the processor's cache."""

MOST = 4.0

KINDS = {"flat": "names in the payload", "nested": "names one level deeper", "text": "a pattern among them"}
"""The kinds of operations. The last has no bound: Python's own patterns do not run in linear time."""


def work(bench: Bench) -> list[Figure]:
    """Measure each kind, and check that both sides produce the same event."""
    figures = []
    for kind, what in KINDS.items():
        found = bench.run("engine", "modify.py", kind, bench.count(EVENTS))
        shown = f"{found['modify'] * 1e6:.2f} µs to {found['by_hand'] * 1e6:.2f} µs an event"
        name = f"by hand, {what}"
        figures.append(Figure("modify", name, shown, found["ratio"], most=None if kind == "text" else MOST))
        same = "yes" if found["same"] else "no"
        figures.append(Figure("modify", f"the same result, {what}", same, found["same"], least=1))
    return figures
