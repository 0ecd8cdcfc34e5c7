"""`wishbone --help` against importing only its two largest dependencies."""

from __future__ import annotations

import subprocess
import sys
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING

from figure import Figure

if TYPE_CHECKING:
    from bench import Bench

MOST = 2.5
PLAIN = (sys.executable, "-c", "import gevent.monkey, click")


def work(bench: Bench) -> list[Figure]:
    """Compare the two processes."""
    command = Path(sys.executable).with_name("wishbone")
    name = "python -c 'import gevent.monkey, click'"
    if not command.exists():
        return [Figure("wishbone --help", name, "wishbone-cli is not installed", None, most=MOST)]
    for once in (PLAIN, (str(command), "--help")):
        seconds(once)  # the first run compiles the modules
    ours, plain, ratio = bench.compare(partial(seconds, (str(command), "--help")), partial(seconds, PLAIN))
    return [
        Figure("wishbone --help", name, f"{ours * 1000:.0f} ms to {plain * 1000:.0f} ms", ratio, most=MOST)
    ]


def seconds(command: tuple[str, ...]) -> float:
    """Return the seconds of a process."""
    began = perf_counter()
    subprocess.run(command, check=True, capture_output=True)
    return perf_counter() - began
