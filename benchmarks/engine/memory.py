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
    """Return what the process holds, in MB (1,000,000 bytes; proc_pid_statm(5))."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


class Watch(Sink):
    """Notes the memory after a tenth of the events, and after the last."""

    def __init__(self, config, count: int) -> None:
        super().__init__(config, count)
        self.tenth = count - count // 10
        self.began = self.ended = 0.0

    def consume(self, event) -> None:
        super().consume(event)
        if self.rest == self.tenth:
            self.began = resident()
        elif not self.rest:
            self.ended = resident()


def growth(events: int) -> dict[str, float]:
    """Return by how much memory grows from the first tenth of the events to the last."""
    router = Default(size=100)
    router.registerModule(Source, "source", {"count": events})
    names = add_hops(router, 3)
    watch = router.registerModule(Watch, "watch", {"count": events})
    connect_chain(router, ["source", *names, "watch"])
    router.start()
    watch.done.wait()
    router.stop()
    return {"megabytes": watch.ended - watch.began}


def idle(modules: int) -> dict[str, float]:
    """Return what a process with so many idle modules holds."""
    router = Default()
    connect_chain(router, add_hops(router, modules))
    router.start()
    gevent.sleep(0.01)
    held = resident()
    router.stop()
    return {"megabytes": held}


if __name__ == "__main__":
    print(json.dumps({"growth": growth, "idle": idle}[sys.argv[1]](int(sys.argv[2]))))
