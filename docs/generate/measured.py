"""The figures that the comparison shows: the rows of the benchmarks that are against other programs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from page import Page, table

if TYPE_CHECKING:
    from collections.abc import Iterator

BENCHMARKS = Path(__file__).resolve().parents[1] / "benchmarks.md"

OTHERS = ("bytewax", "streamz", "wishbone 3", "rsyslog", "a hand-written loop")
"""How the names of other programs begin, as the benchmarks have them."""


def measured_pages() -> Iterator[Page]:
    """Yield a text to be included: no page of its own."""
    lines = BENCHMARKS.read_text(encoding="utf-8").splitlines()
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("|")]
    chosen = [row[:4] for row in rows if row[1].startswith(OTHERS)]
    head = ["work", "against", "wishbone to the other", "ratio"]
    yield Page("measured.txt", "", table(head, chosen) + "\n")
