"""Measures how late a greenlet wakes up beside a saturated pipeline: `sleeper.py NAPS`."""

from __future__ import annotations

import json
import sys
from statistics import quantiles
from time import perf_counter

import gevent
from chain import Sink, Source, add_hops, connect_chain

from wishbone.router import Default

NAP = 0.01
UNLIMITED = sys.maxsize


def measure(naps: int) -> dict[str, float]:
    """Return the median and the 99th percentile of the lateness, in milliseconds."""
    router = Default()
    router.registerModule(Source, "source", {"count": UNLIMITED})
    names = add_hops(router, 3)
    sink = router.registerModule(Sink, "sink", {"count": UNLIMITED})
    connect_chain(router, ["source", *names, "sink"])
    router.start()
    late = sorted(lateness() for _ in range(naps))
    assert sink.remaining < UNLIMITED, "the pipeline did not run"
    router.stop(timeout=0)
    percentiles = quantiles(late, n=100)
    return {"median": percentiles[49], "p99": percentiles[98]}


def lateness() -> float:
    began = perf_counter()
    gevent.sleep(NAP)
    return (perf_counter() - began - NAP) * 1000


if __name__ == "__main__":
    print(json.dumps(measure(int(sys.argv[1]))))
