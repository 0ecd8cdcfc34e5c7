"""Five operations of `modify`, against the same five written by hand in Python."""

from __future__ import annotations

from typing import TYPE_CHECKING

from figure import Figure

if TYPE_CHECKING:
    from bench import Bench

EVENTS = 5_000
"""Events of a round, few enough that they stay where the processor finds them."""

MOST = 4.0

KINDS = {"flat": "names in the payload", "nested": "names one level deeper", "text": "a pattern among them"}
"""What is measured. Nothing is demanded of the last: by hand the pattern has no bound of time."""


def work(bench: Bench) -> list[Figure]:
    """Measure each kind, and whether both sides made the same of the event."""
    figures = []
    for kind, what in KINDS.items():
        found = bench.run("engine", "modify.py", kind, bench.count(EVENTS))
        shown = f"{found['modify'] * 1e6:.2f} µs to {found['by_hand'] * 1e6:.2f} µs an event"
        name = f"by hand, {what}"
        figures.append(Figure("modify", name, shown, found["ratio"], most=None if kind == "text" else MOST))
        same = "yes" if found["same"] else "no"
        figures.append(Figure("modify", f"the same result, {what}", same, found["same"], least=1))
    return figures
