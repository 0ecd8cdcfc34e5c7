"""The figures on the comparison page: the rows of the benchmarks that measure other programs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from page import Page, table

if TYPE_CHECKING:
    from collections.abc import Iterator

BENCHMARKS = Path(__file__).resolve().parents[1] / "benchmarks.md"

OTHERS = ("bytewax", "streamz", "wishbone 3", "rsyslog", "a hand-written loop")
"""The first words of the names of other programs in the benchmarks."""


def measured_pages() -> Iterator[Page]:
    """Yield a file that another page includes."""
    lines = BENCHMARKS.read_text(encoding="utf-8").splitlines()
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("|")]
    chosen = [row[:4] for row in rows if row[1].startswith(OTHERS)]
    head = ["work", "compared with", "wishbone : other", "ratio"]
    yield Page("measured.txt", "", table(head, chosen) + "\n")
