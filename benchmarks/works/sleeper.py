"""How late a greenlet that sleeps 10 ms at a time wakes up beside a saturated pipeline."""

from __future__ import annotations

from typing import TYPE_CHECKING

from figure import Figure

if TYPE_CHECKING:
    from bench import Bench


def work(bench: Bench) -> list[Figure]:
    """Measure the lateness in milliseconds."""
    late = bench.run("engine", "sleeper.py", bench.count(300))
    return [
        Figure("sleeper", f"{name} lateness, ms", f"{late[name]:.2f} ms", late[name], most=most)
        for name, most in (("median", 10), ("p99", 50))
    ]
