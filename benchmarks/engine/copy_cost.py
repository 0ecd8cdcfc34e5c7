"""Compares `Event.clone` with `copy.copy` of its payload, a flat dict of ten fields: `copy_cost.py TIMES`."""

from __future__ import annotations

import json
import sys
from copy import copy
from timeit import repeat

from wishbone import Event

FIELDS = {f"field{number}": f"value {number}" for number in range(10)}


def measure(times: int) -> dict[str, float]:
    """Return how many times `copy.copy` a clone costs, and whether a clone of a nested payload is its own."""
    clone = Event(FIELDS).clone
    pairs = zip(
        repeat(clone, number=times, repeat=9),
        repeat(lambda: copy(FIELDS), number=times, repeat=9),
        strict=True,
    )
    ratios = sorted(ours / plain for ours, plain in pairs)
    return {"ratio": ratios[len(ratios) // 2], "nested_right": float(nested_is_copied())}


def nested_is_copied() -> bool:
    """Return whether what a clone's owner changes deep within stays unseen by others."""
    event = Event({"list": [{"deep": [1]}], "tuple": ([1],), "set": {1}})
    clone = event.clone()
    clone.data["list"][0]["deep"].append(2)
    clone.data["tuple"][0].append(2)
    clone.data["set"].add(2)
    return event.data == {"list": [{"deep": [1]}], "tuple": ([1],), "set": {1}}


if __name__ == "__main__":
    print(json.dumps(measure(int(sys.argv[1]))))
