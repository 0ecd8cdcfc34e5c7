"""Passes events through a chain of simple modules: `chain.py HOPS EVENTS [acknowledged]`."""

from __future__ import annotations

import json
import sys
from itertools import pairwise
from time import perf_counter

from gevent.event import Event as Flag

from wishbone import ActorConfig, Event
from wishbone.acknowledgement import Acknowledgement
from wishbone.module import FlowModule, InputModule, OutputModule
from wishbone.router import Default

TEXT = "hello"


class Source(InputModule):
    """Submits `count` events."""

    def __init__(self, config: ActorConfig, count: int, acknowledged: bool = False) -> None:
        super().__init__(config)
        self.pool.createQueue("outbox")
        self.count = count
        self.acknowledged = acknowledged
        self.settled_total = 0

    def preHook(self) -> None:
        self.sendToBackground(self.produce_acknowledged if self.acknowledged else self.produce)

    def produce(self) -> None:
        for _ in range(self.count):
            self.submit(Event(TEXT), "outbox")

    def produce_acknowledged(self) -> None:
        for _ in range(self.count):
            self.submit(Event(TEXT, Acknowledgement(self.settled)), "outbox")

    def settled(self, error: BaseException | None) -> None:
        self.settled_total += error is None


class Pass(FlowModule):
    """Passes events on."""

    def __init__(self, config: ActorConfig) -> None:
        super().__init__(config)
        self.pool.createQueue("inbox")
        self.pool.createQueue("outbox")
        self.registerConsumer(self.consume, "inbox")

    def consume(self, event: Event) -> None:
        self.submit(event, "outbox")


class Sink(OutputModule):
    """Counts events, and sets `done` after the last."""

    def __init__(self, config: ActorConfig, count: int) -> None:
        super().__init__(config)
        self.pool.createQueue("inbox")
        self.registerConsumer(self.consume, "inbox")
        self.remaining = count
        self.done = Flag()

    def consume(self, event: Event) -> None:
        self.remaining -= 1
        if not self.remaining:
            self.done.set()


def connect_chain(router: Default, names: list[str]) -> None:
    """Connect each module's outbox to the next one's inbox."""
    for source, destination in pairwise(names):
        router.connectQueue(f"{source}.outbox", f"{destination}.inbox")


def add_hops(router: Default, hops: int) -> list[str]:
    """Register modules that pass events on, and return their names."""
    names = [f"pass{number}" for number in range(hops)]
    for name in names:
        router.registerModule(Pass, name)
    return names


def measure(hops: int, events: int, acknowledged: bool = False) -> dict[str, float]:
    """Return the events per second, from the start of the router to the last event."""
    router = Default()
    source = router.registerModule(Source, "source", {"count": events, "acknowledged": acknowledged})
    names = add_hops(router, hops)
    sink = router.registerModule(Sink, "sink", {"count": events})
    connect_chain(router, ["source", *names, "sink"])
    began = perf_counter()
    router.start()
    sink.done.wait()
    seconds = perf_counter() - began
    router.stop()
    if acknowledged and source.settled_total != events:
        message = f"{source.settled_total} of {events} events were acknowledged."
        raise AssertionError(message)
    return {"rate": events / seconds}


if __name__ == "__main__":
    print(json.dumps(measure(int(sys.argv[1]), int(sys.argv[2]), "acknowledged" in sys.argv)))
