"""The job on JSON lines as a bootstrap file of installed modules, against code written by hand."""

from __future__ import annotations

import tempfile
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from figure import Figure

from works.job import LINES, check_output, rate, write_lines

if TYPE_CHECKING:
    from bench import Bench

PEERS = {
    "a hand-written loop": ("loop", 0.45, ()),
    "bytewax, batches of 1": ("bytewax", 1.8, (1,)),
    "bytewax, batches of 100": ("bytewax", None, (100,)),
}
"""For each peer: its environment, the lower bound, and further arguments."""


def work(bench: Bench) -> list[Figure]:
    """Compare with each peer. All sides must write the same bytes."""
    with tempfile.TemporaryDirectory() as folder:
        figures = []
        for name, (peer, least, more) in PEERS.items():
            if bench.has(peer):
                figures.append(compare(bench, Path(folder), name, (peer, least, more)))
            else:
                figures.append(Figure("bootstrap", name, "not installed", None, least))
        return figures


def compare(bench: Bench, folder: Path, name: str, terms: tuple) -> Figure:
    """Compare with one peer."""
    peer, least, more = terms
    source, theirs, ours = folder / "source", folder / "theirs", folder / "ours"
    count = bench.count(LINES)
    write_lines(source, count)

    def our_rate() -> float:
        ours.unlink(missing_ok=True)  # the module appends
        return rate(bench, count, "engine", "bootstrap_job.py", source, ours)

    their_rate = partial(rate, bench, count, peer, f"{peer}_peer.py", "bootstrap", source, theirs, *more)
    mine, others, ratio = bench.compare(our_rate, their_rate)
    check_output(name, ours, theirs, count)
    return Figure("bootstrap", name, f"{mine:,.0f} to {others:,.0f} lines/s", ratio, least)
