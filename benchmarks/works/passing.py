"""Pass-through: the cost of a hop, and against the peers."""

from __future__ import annotations

from functools import partial
from statistics import median
from typing import TYPE_CHECKING

from figure import Figure

if TYPE_CHECKING:
    from bench import Bench

HOPS = (0, 1, 3, 8, 20)
JUDGED = 3
STEADY = 1.3

OURS = 1_200_000
"""Events times queues of a run."""

PEERS = {
    "streamz": ("streamz", 7.0, 300_000, ()),
    "wishbone 3.1.3": ("wishbone3", 45.0, 40_000, ()),
    "bytewax, batches of 1": ("bytewax", 5.0, 300_000, (1,)),
    "bytewax, batches of 100": ("bytewax", None, 4_000_000, (100,)),
}
"""For each peer its environment, what must be reached, events times queues, further arguments."""


def work(bench: Bench) -> list[Figure]:
    """Measure the cost of a hop, then compare with each peer at each length."""
    figures = [hop(bench)]
    for name, (peer, least, amount, more) in PEERS.items():
        if bench.has(peer):
            for hops in HOPS:
                theirs = partial(peer_rate, bench, peer, hops, amount, more)
                ours, other, ratio = bench.compare(partial(rate, bench, hops), theirs)
                shown = f"{ours:,.0f}/s to {other:,.0f}/s"
                figures.append(
                    Figure(
                        f"pass-through, {hops} between", name, shown, ratio, least if hops == JUDGED else None
                    )
                )
        else:
            figures.append(Figure("pass-through", name, "not installed", None, least))
    return figures


def rate(bench: Bench, hops: int, *more: str) -> float:
    """Return the engine's events per second."""
    return bench.run("engine", "chain.py", hops, bench.count(OURS // (hops + 1)), *more)["rate"]


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
    return Figure(
        "pass-through", "cost per hop, dearest to cheapest", shown, max(costs) / min(costs), most=STEADY
    )
