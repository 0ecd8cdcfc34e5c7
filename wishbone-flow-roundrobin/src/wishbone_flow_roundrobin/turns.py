"""Turns: who is next, when everybody is to have a share."""

from __future__ import annotations

from math import gcd
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


def turns(weights: Mapping[str, int]) -> list[str]:
    """Return the shortest round in which each name has as many turns as its weight says, spread evenly.

    It is the smooth weighted round-robin of nginx: weights of 5, 1 and 1 give `a a b a c a a`, and not
    five times `a` in a row.

    Args:
        weights: How many turns each name has in relation to the others, at least 1.
    """
    divisor = gcd(*weights.values())
    shares = {name: weight // divisor for name, weight in weights.items()}
    total = sum(shares.values())
    waited = dict.fromkeys(shares, 0)
    order = []
    for _ in range(total):
        for name, share in shares.items():
            waited[name] += share
        chosen = max(waited, key=waited.__getitem__)
        waited[chosen] -= total
        order.append(chosen)
    return order
