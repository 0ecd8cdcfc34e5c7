"""Copies events to several queues and merges them again: `fan.py COPIES EVENTS`.

The garbage collector has the settings of `wishbone start`.
"""

from __future__ import annotations

import gc
import json
import sys
from time import perf_counter
from typing import TYPE_CHECKING

from chain import Sink

from wishbone import Event
from wishbone.module import InputModule
from wishbone.router import Default
from wishbone_cli.foreground import GC_THRESHOLD
from wishbone_flow_fanout import Fanout
from wishbone_flow_funnel import Funnel

if TYPE_CHECKING:
    from wishbone import ActorConfig

FIELDS = {f"field{number}": f"value {number}" for number in range(10)}


class Source(InputModule):
    """Submits `count` events with ten fields."""

    def __init__(self, config: ActorConfig, count: int) -> None:
        super().__init__(config)
        self.pool.createQueue("outbox")
        self.count = count

    def preHook(self) -> None:
        self.sendToBackground(self.produce)

    def produce(self) -> None:
        for _ in range(self.count):
            self.submit(Event(FIELDS), "outbox")


def measure(copies: int, events: int) -> dict[str, float]:
    """Return the seconds for one event with all its copies."""
    router = Default()
    router.registerModule(Source, "source", {"count": events})
    router.registerModule(Fanout, "fanout")
    router.registerModule(Funnel, "funnel")
    sink = router.registerModule(Sink, "sink", {"count": copies * events})
    router.connectQueue("source.outbox", "fanout.inbox")
    for number in range(copies):
        router.connectQueue(f"fanout.to{number}", f"funnel.from{number}")
    router.connectQueue("funnel.outbox", "sink.inbox")
    began = perf_counter()
    router.start()
    sink.done.wait()
    seconds = perf_counter() - began
    router.stop()
    return {"seconds": seconds / events}


if __name__ == "__main__":
    gc.set_threshold(GC_THRESHOLD)
    print(json.dumps(measure(int(sys.argv[1]), int(sys.argv[2]))))
