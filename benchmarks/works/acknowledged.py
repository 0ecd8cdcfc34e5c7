"""Pass-through with an acknowledgement for every event, against pass-through without."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from figure import Figure

from works.passing import rate

if TYPE_CHECKING:
    from bench import Bench

LEAST = 0.6


def work(bench: Bench) -> list[Figure]:
    """Compare the two with one and with three modules between."""
    return [compare(bench, hops, LEAST if hops == 3 else None) for hops in (1, 3)]


def compare(bench: Bench, hops: int, least: float | None) -> Figure:
    """Compare the two with a number of modules between."""
    ours, without, ratio = bench.compare(
        partial(rate, bench, hops, "acknowledged"), partial(rate, bench, hops)
    )
    return Figure(
        f"acknowledged, {hops} between", "without", f"{ours:,.0f}/s to {without:,.0f}/s", ratio, least
    )
