"""Latency of an event through three modules, at a thousand events per second."""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING

from figure import Figure

if TYPE_CHECKING:
    from bench import Bench

EVENTS = 3000
MOST = 3.0


def work(bench: Bench) -> list[Figure]:
    """Compare with bare greenlets and gevent queues."""
    pairs = [
        [bench.run("engine", "latency.py", kind, bench.count(EVENTS)) for kind in ("modules", "bare")]
        for _ in range(bench.pairs)
    ]
    figures = []
    for name in ("median", "p99"):
        ours, bare = (median(pair[side][name] for pair in pairs) for side in (0, 1))
        ratio = median(pair[0][name] / pair[1][name] for pair in pairs)
        shown = f"{ours * 1e6:.0f} µs to {bare * 1e6:.0f} µs"
        figures.append(Figure("latency, 1,000/s", f"{name}, bare gevent queues", shown, ratio, most=MOST))
    return figures
