"""Compares copies of an event with `copy.copy` of its flat payload: `copy_cost.py TIMES BRANCHES`.

A fanout sends the event itself to the last branch and copies, made in one call, to the others. With 1 the
script measures a single `event.clone()`.
"""

from __future__ import annotations

import json
import sys
from copy import copy
from statistics import median
from timeit import timeit

from wishbone import Event

FIELDS = {f"field{number}": f"value {number}" for number in range(10)}
ROUNDS = 9


def measure(times: int, branches: int) -> dict[str, float]:
    """Return the cost of a branch relative to `copy.copy`, and whether nested payloads are copied."""
    names = {"event": Event(FIELDS), "copy": copy, "fields": FIELDS, "copies": branches - 1}
    cloning = "event.clone()" if branches == 1 else "event.clones(copies)"
    pairs = [
        (
            timeit(cloning, globals=names, number=times) / branches,
            timeit("copy(fields)", globals=names, number=times),
        )
        for _ in range(ROUNDS)
    ]
    return {
        "clone": median(ours for ours, _ in pairs) / times,
        "copy": median(plain for _, plain in pairs) / times,
        "ratio": median(ours / plain for ours, plain in pairs),
        "nested_copied": float(nested_is_copied()),
    }


def nested_is_copied() -> bool:
    """Return whether changes deep in a clone leave the original unchanged."""
    event = Event({"list": [{"deep": [1]}], "tuple": ([1],), "set": {1}})
    clone, _ = event.clones(2)
    clone.data["list"][0]["deep"].append(2)
    clone.data["tuple"][0].append(2)
    clone.data["set"].add(2)
    return event.data == {"list": [{"deep": [1]}], "tuple": ([1],), "set": {1}}


if __name__ == "__main__":
    print(json.dumps(measure(int(sys.argv[1]), int(sys.argv[2]))))
