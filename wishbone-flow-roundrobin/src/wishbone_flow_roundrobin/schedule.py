"""The schedule of a weighted round robin."""

from __future__ import annotations

from math import gcd
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


def schedule(weights: Mapping[str, int]) -> list[str]:
    """Return the shortest round in which each name occurs in proportion to its weight, spread evenly.

    This is the smooth weighted round robin of nginx: weights of 5, 1 and 1 give `a a b a c a a`, not five
    times `a` in a row.

    Args:
        weights: The weight of each name, at least 1.
    """
    divisor = gcd(*weights.values())
    shares = {name: weight // divisor for name, weight in weights.items()}
    total = sum(shares.values())
    credit = dict.fromkeys(shares, 0)
    order = []
    for _ in range(total):
        for name, share in shares.items():
            credit[name] += share
        chosen = max(credit, key=credit.__getitem__)
        credit[chosen] -= total
        order.append(chosen)
    return order
