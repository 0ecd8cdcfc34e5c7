"""Measures the latency through three modules or three greenlets: `latency.py modules|bare EVENTS`."""

from __future__ import annotations

import json
import sys
from itertools import pairwise
from statistics import quantiles
from time import perf_counter
from typing import TYPE_CHECKING

import gevent
from chain import add_hops, connect_chain
from gevent.queue import Queue as BareQueue

from wishbone import Event
from wishbone.module import InputModule, OutputModule
from wishbone.router import Default

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wishbone import ActorConfig

HOPS = 3
INTERVAL = 0.001


def ticks(count: int) -> Iterator[float]:
    """Yield the current time `count` times, at a fixed interval."""
    due = perf_counter()
    for _ in range(count):
        due += INTERVAL
        gevent.sleep(max(0, due - perf_counter()))
        yield perf_counter()


class Source(InputModule):
    """Submits the current time a thousand times a second."""

    def __init__(self, config: ActorConfig, count: int) -> None:
        super().__init__(config)
        self.pool.createQueue("outbox")
        self.count = count

    def preHook(self) -> None:
        self.sendToBackground(self.produce)

    def produce(self) -> None:
        for now in ticks(self.count):
            self.submit(Event(now), "outbox")


class Sink(OutputModule):
    """Records the age of each event."""

    def __init__(self, config: ActorConfig) -> None:
        super().__init__(config)
        self.pool.createQueue("inbox")
        self.registerConsumer(self.consume, "inbox")
        self.ages: list[float] = []

    def consume(self, event: Event) -> None:
        self.ages.append(perf_counter() - event.data)


def modules(count: int) -> list[float]:
    """Return the age of each event after three modules, in seconds."""
    router = Default()
    router.registerModule(Source, "source", {"count": count})
    names = add_hops(router, HOPS)
    sink = router.registerModule(Sink, "sink")
    connect_chain(router, ["source", *names, "sink"])
    router.start()
    router.block()
    return sink.ages


def bare(count: int) -> list[float]:
    """Return the age of each item after three greenlets, each with a gevent queue."""
    queues = [BareQueue(100) for _ in range(HOPS + 1)]
    greenlets = [gevent.spawn(_pass_on, source, destination) for source, destination in pairwise(queues)]
    ages: list[float] = []
    greenlets.append(gevent.spawn(_record_ages, queues[-1], ages))
    for now in ticks(count):
        queues[0].put(now)
    queues[0].put(None)
    gevent.joinall(greenlets)
    return ages


def _pass_on(source: BareQueue, destination: BareQueue) -> None:
    while True:
        item = source.get()
        destination.put(item)
        if item is None:
            return


def _record_ages(source: BareQueue, ages: list[float]) -> None:
    while (item := source.get()) is not None:
        ages.append(perf_counter() - item)


def measure(kind: str, count: int) -> dict[str, float]:
    """Return the median and the 99th percentile, in seconds."""
    ages = {"modules": modules, "bare": bare}[kind](count)
    percentiles = quantiles(ages, n=100)
    return {"median": percentiles[49], "p99": percentiles[98]}


if __name__ == "__main__":
    print(json.dumps(measure(sys.argv[1], int(sys.argv[2]))))
