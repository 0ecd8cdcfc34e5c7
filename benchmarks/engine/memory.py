"""Measures resident memory in MB: `memory.py growth EVENTS` or `memory.py idle MODULES`."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import gevent
from chain import Sink, Source, add_hops, connect_chain

from wishbone.router import Default


def resident() -> float:
    """Return the resident memory of the process in MB (1,000,000 bytes; proc_pid_statm(5))."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


class Watch(Sink):
    """Records the memory after a tenth of the events, and after the last."""

    def __init__(self, config, count: int) -> None:
        super().__init__(config, count)
        self.remaining_after_tenth = count - count // 10
        self.first = self.last = 0.0

    def consume(self, event) -> None:
        super().consume(event)
        if self.remaining == self.remaining_after_tenth:
            self.first = resident()
        elif not self.remaining:
            self.last = resident()


def growth(events: int) -> dict[str, float]:
    """Return the growth of memory between a tenth of the events and the last."""
    router = Default(size=100)
    router.registerModule(Source, "source", {"count": events})
    names = add_hops(router, 3)
    watch = router.registerModule(Watch, "watch", {"count": events})
    connect_chain(router, ["source", *names, "watch"])
    router.start()
    watch.done.wait()
    router.stop()
    return {"megabytes": watch.last - watch.first}


def idle(modules: int) -> dict[str, float]:
    """Return the memory of a process with idle modules."""
    router = Default()
    connect_chain(router, add_hops(router, modules))
    router.start()
    gevent.sleep(0.01)
    megabytes = resident()
    router.stop()
    return {"megabytes": megabytes}


if __name__ == "__main__":
    print(json.dumps({"growth": growth, "idle": idle}[sys.argv[1]](int(sys.argv[2]))))
