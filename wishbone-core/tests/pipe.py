"""A source, a worker and its sinks, for tests that follow an event through a pipeline."""

from __future__ import annotations

from typing import Self

import gevent

from wishbone._engine.process import process_of
from wishbone.actor import Actor, ActorConfig
from wishbone.event import Event
from wishbone.module import FlowModule, InputModule, OutputModule
from wishbone.router import Default
from wishbone_testing import Settlement, wait_until


class Source(InputModule, dynamic_outputs=True):
    pass


class Worker(FlowModule, dynamic_outputs=True):
    """Calls the test's function with each event. Each queue that a route names is an output."""

    def __init__(self, config: ActorConfig) -> None:
        super().__init__(config)
        self.pool.createQueue("inbox")
        self.registerConsumer(self.consume, "inbox")
        self.act = lambda event: self.submit(event, "outbox")

    def consume(self, event: Event) -> None:
        self.act(event)


class Sink(OutputModule):
    def __init__(self, config: ActorConfig) -> None:
        super().__init__(config)
        self.pool.createQueue("inbox")
        self.registerConsumer(self.consume, "inbox")
        self.gate = gevent.event.Event()
        self.gate.set()
        self.seen = []

    def consume(self, event: Event) -> None:
        self.gate.wait()
        self.seen.append(event.data)


class Pipe:
    """A source, a worker, and a sink after each output of the worker."""

    def __init__(self, *outputs: str, size: int = 10) -> None:
        self.router = Default()
        self.source = self.add(Source, "source", size)
        self.worker = self.add(Worker, "worker", size)
        self.router.connectQueue("source.outbox", "worker.inbox")
        self.sinks = {}
        for output in outputs:
            self.sinks[output] = self.add(Sink, f"sink_{output}", size)
            self.router.connectQueue(f"worker.{output}", f"sink_{output}.inbox")

    def add(self, module: type[Actor], name: str, size: int) -> Actor:
        return self.router.registerModule(module, ActorConfig(name, size))

    def __enter__(self) -> Self:
        self.router.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.router.stop(timeout=0)

    def feed(self, data: object = "x") -> Settlement:
        settlement = Settlement()
        self.source.submit(Event(data, settlement), "outbox")
        return settlement

    def rest(self) -> None:
        processes = [process_of(module) for module in self.router.modules.values()]
        wait_until(lambda: all(process.drained for process in processes), "the pipe to rest")


def assert_failed(settlement: Settlement, kind: type[BaseException], text: str = "") -> None:
    assert settlement.failed
    assert isinstance(settlement.errors[0], kind)
    assert text in str(settlement.errors[0])
