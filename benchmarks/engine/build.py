"""Builds and starts a router with a chain of modules: `build.py MODULES`."""

from __future__ import annotations

import json
import sys
from time import perf_counter

import gevent
from chain import add_hops, connect_chain

from wishbone.router import Default


def measure(modules: int) -> dict[str, float]:
    """Return the seconds to build and start a router."""
    began = perf_counter()
    router = Default()
    connect_chain(router, add_hops(router, modules))
    router.start()
    gevent.sleep(0)
    seconds = perf_counter() - began
    router.stop()
    return {"seconds": seconds}


if __name__ == "__main__":
    measure(2)  # what only the first router and the first module of a process cost is not timed
    print(json.dumps(measure(int(sys.argv[1]))))
