"""Bench: runs the scripts of the engine and the peers in alternation, each in its own process."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from environment import Environments, Unavailable

if TYPE_CHECKING:
    from collections.abc import Callable

HERE = Path(__file__).parent
TIMEOUT = 300
"""Maximum seconds for one run of one script."""


class Bench:
    """Runs scripts, and records which peers are not installed.

    Args:
        environments: The environments of the peers.
        scale: Factor for the amounts of work.
        pairs: Number of pairs in each comparison.
    """

    def __init__(self, environments: Environments, scale: float = 1, pairs: int = 5) -> None:
        self.environments = environments
        self.scale = scale
        self.pairs = pairs
        self.missing: dict[str, str] = {}

    def count(self, amount: int) -> int:
        """Return an amount of work, scaled."""
        return max(10, round(amount * self.scale))

    def has(self, peer: str) -> bool:
        """Return whether a peer is installed, or could be now."""
        if peer not in self.missing:
            try:
                self.environments.python(peer)
            except Unavailable as error:
                self.missing[peer] = str(error)
                print(f"without {peer}: {error}", file=sys.stderr)
        return peer not in self.missing

    def run(self, side: str, *arguments: object) -> dict[str, float]:
        """Run a script of the engine or of a peer, and return the JSON that it prints."""
        python = sys.executable if side == "engine" else self.environments.python(side)
        folder = "engine" if side == "engine" else "peers"
        script, *rest = map(str, arguments)
        command = [str(python), str(HERE / folder / script), *rest]
        done = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT, check=False)
        if done.returncode:
            message = f"{' '.join(command)} failed:\n{done.stderr}"
            raise RuntimeError(message)
        found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
        return found

    def rounds(self, *measures: Callable[[], float]) -> list[tuple[float, ...]]:
        """Run measures in alternation, so that changes of the machine affect all of them."""
        return [tuple(measure() for measure in measures) for _ in range(self.pairs)]

    def compare(self, ours: Callable[[], float], theirs: Callable[[], float]) -> tuple[float, float, float]:
        """Return the median of each side, and the median of the ratios pair by pair."""
        pairs = self.rounds(ours, theirs)
        return (
            median(a for a, _ in pairs),
            median(b for _, b in pairs),
            median(a / b for a, b in pairs),
        )
