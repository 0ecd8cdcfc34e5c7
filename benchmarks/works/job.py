"""A realistic job: read, decode, drop a sixth, change two fields, encode, write."""

from __future__ import annotations

import json
import tempfile
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from figure import Figure

if TYPE_CHECKING:
    from bench import Bench

LINES = 300_000
WIDTH = 284
"""Bytes of a line with its newline."""

LEVELS = ("debug", "info", "notice", "warning", "error", "critical")

PEERS = {
    "bytewax, batches of 1": ("bytewax", 2.0, (1,), 1),
    "bytewax, batches of 100": ("bytewax", None, (100,), 1),
    "streamz": ("streamz", 4.0, (), 1),
    "wishbone 3.1.3": ("wishbone3", 14.0, (), 10),
    "a hand-written loop": ("loop", 0.55, (), 1),
}
"""For each peer: its environment, the lower bound, further arguments, and the divisor of its lines."""


def work(bench: Bench) -> list[Figure]:
    """Compare with each peer. All sides must write the same bytes."""
    with tempfile.TemporaryDirectory() as folder:
        figures = []
        for name, (peer, least, more, share) in PEERS.items():
            if bench.has(peer):
                figures.append(compare(bench, Path(folder), name, (peer, least, more, share)))
            else:
                figures.append(Figure("job", name, "not installed", None, least))
        return figures


def compare(bench: Bench, folder: Path, name: str, terms: tuple) -> Figure:
    """Compare with one peer. A slow peer gets fewer lines."""
    peer, least, more, share = terms
    many, few = folder / "many", folder / "few"
    theirs, ours = folder / "theirs", folder / "ours"
    counts = [bench.count(LINES), bench.count(LINES // share)]
    write_lines(many, counts[0])
    write_lines(few, counts[1])
    our_rate, their_rate, ratio = bench.compare(
        partial(rate, bench, counts[0], "engine", "job.py", many, ours),
        partial(rate, bench, counts[1], peer, f"{peer}_peer.py", "job", few, theirs, *more),
    )
    check_output(name, ours, theirs, counts[1])
    return Figure("job", name, f"{our_rate:,.0f} to {their_rate:,.0f} lines/s", ratio, least)


def check_output(name: str, ours: Path, theirs: Path, count: int) -> None:
    """Check that a peer kept the right number of its lines, and wrote them as the engine did."""
    written = theirs.read_bytes()
    lines = written.count(b"\n")
    kept = sum(LEVELS[number % len(LEVELS)] != "debug" for number in range(count))
    assert lines == kept, f"{name} wrote {lines} lines instead of {kept}"
    assert ours.read_bytes()[: len(written)] == written, f"{name} wrote different lines"


def rate(bench: Bench, lines: int, *command: object) -> float:
    """Return lines per second."""
    return lines / bench.run(*command)["seconds"]


def write_lines(path: Path, count: int) -> None:
    """Write a number of lines; a sixth of them has the level debug."""
    with path.open("w") as file:
        file.writelines(line(number) for number in range(count))


def line(number: int) -> str:
    """Return a line of `WIDTH` bytes."""
    data = {
        "time": 1_700_000_000 + number,
        "host": f"server{number % 100:02}",
        "level": LEVELS[number % len(LEVELS)],
        "service": "checkout",
        "size": number % 10_000,
        "tags": ["web", "public"],
        "message": "",
    }
    empty = len(json.dumps(data)) + 1
    data["message"] = "x" * (WIDTH - empty)
    return json.dumps(data) + "\n"
