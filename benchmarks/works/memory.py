"""Memory: the growth over a million events, and the size of a process with idle modules."""

from __future__ import annotations

from typing import TYPE_CHECKING

from figure import Figure

if TYPE_CHECKING:
    from bench import Bench


def work(bench: Bench) -> list[Figure]:
    """Measure both, in MB."""
    events = bench.count(1_000_000)
    growth = bench.run("engine", "memory.py", "growth", events)["megabytes"]
    idle = bench.run("engine", "memory.py", "idle", 100)["megabytes"]
    return [
        Figure("memory", f"growth over {events:,} events, MB", f"{growth:.1f} MB", growth, most=10),
        Figure("memory", "100 idle modules, MB", f"{idle:.1f} MB", idle, most=100),
    ]
