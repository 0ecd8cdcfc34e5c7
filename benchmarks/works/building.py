"""Building and starting a router of a thousand modules, against one of a hundred."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from figure import Figure

if TYPE_CHECKING:
    from bench import Bench

MODULES = 1000
MOST = 12.0


def work(bench: Bench) -> list[Figure]:
    """Compare the two."""
    many = max(10, bench.count(MODULES))
    large, small, ratio = bench.compare(partial(seconds, bench, many), partial(seconds, bench, many // 10))
    shown = f"{large * 1000:.0f} ms to {small * 1000:.1f} ms"
    return [Figure("building and starting", f"{many} modules to {many // 10}", shown, ratio, most=MOST)]


def seconds(bench: Bench, modules: int) -> float:
    """Return the seconds for a chain of modules."""
    return bench.run("engine", "build.py", modules)["seconds"]
