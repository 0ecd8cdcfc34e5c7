"""Pass-through: the cost of a hop, and the comparison with the peers."""

from __future__ import annotations

from functools import partial
from statistics import median
from typing import TYPE_CHECKING

from figure import Figure

if TYPE_CHECKING:
    from bench import Bench

HOPS = (0, 1, 3, 8, 20)
BOUNDED_HOPS = 3
"""The length of chain that the bounds apply to."""

MAX_HOP_SPREAD = 1.3

OUR_AMOUNT = 1_200_000
"""Events times queues in a run."""

PEERS = {
    "streamz": ("streamz", 7.0, 300_000, ()),
    "wishbone 3.1.3": ("wishbone3", 45.0, 40_000, ()),
    "bytewax, batches of 1": ("bytewax", 5.0, 300_000, (1,)),
    "bytewax, batches of 100": ("bytewax", None, 4_000_000, (100,)),
}
"""For each peer: its environment, the lower bound, events times queues in a run, and further arguments."""


def work(bench: Bench) -> list[Figure]:
    """Measure the cost of a hop, then compare with each peer at each length."""
    figures = [hop(bench)]
    for name, (peer, least, amount, more) in PEERS.items():
        if bench.has(peer):
            for hops in HOPS:
                theirs = partial(peer_rate, bench, peer, hops, amount, more)
                ours, other, ratio = bench.compare(partial(rate, bench, hops), theirs)
                shown = f"{ours:,.0f}/s to {other:,.0f}/s"
                bound = least if hops == BOUNDED_HOPS else None
                figures.append(Figure(f"pass-through, {hops} between", name, shown, ratio, bound))
        else:
            figures.append(Figure("pass-through", name, "not installed", None, least))
    return figures


def rate(bench: Bench, hops: int, *more: str) -> float:
    """Return the engine's events per second."""
    return bench.run("engine", "chain.py", hops, bench.count(OUR_AMOUNT // (hops + 1)), *more)["rate"]


def peer_rate(bench: Bench, peer: str, hops: int, amount: int, more: tuple[int, ...]) -> float:
    """Return a peer's events per second."""
    events = bench.count(amount // (hops + 1))
    return bench.run(peer, f"{peer}_peer.py", "passing", hops, events, *more)["rate"]


def hop(bench: Bench) -> Figure:
    """Return how much the cost of a hop differs between chains of 1 to 20."""
    rounds = bench.rounds(*(partial(rate, bench, hops) for hops in HOPS))
    base, *seconds = (median(1 / one[number] for one in rounds) for number in range(len(HOPS)))
    costs = [(second - base) / hops for second, hops in zip(seconds, HOPS[1:], strict=True)]
    shown = ", ".join(f"{cost * 1e6:.2f}" for cost in costs) + " µs at 1, 3, 8, 20"
    spread = max(costs) / min(costs)
    return Figure("pass-through", "cost per hop, highest to lowest", shown, spread, most=MAX_HOP_SPREAD)
