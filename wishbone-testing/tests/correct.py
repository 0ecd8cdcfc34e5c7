"""Correct modules for tests to break, and the suites for them."""

from __future__ import annotations

from wishbone.event import Event
from wishbone.module import FunctionModule, InputModule, OutputModule
from wishbone_testing.conformance import FunctionConformance, InputConformance, OutputConformance


class Pass(FunctionModule):
    """Passes events on.

        modules:
          pass:
            module: wishbone.function.pass
            arguments: {size: 1}

    Args:
        size: How many.

    Queues:
        inbox: What comes.
        outbox: What goes.
    """

    def __init__(self, config, size: int = 1) -> None:
        super().__init__(config)
        self.size = size
        self.outbox = self.pool.createQueue("outbox")
        self.pool.createQueue("inbox")
        self.registerConsumer(self.consume, "inbox")

    def consume(self, event: Event) -> None:
        self.submit(event, self.outbox)


class Drop(OutputModule):
    """Drops events."""

    def __init__(self, config) -> None:
        super().__init__(config)
        self.pool.createQueue("inbox")
        self.registerConsumer(self.consume, "inbox")

    def consume(self, event: Event) -> None:
        str(event.data)


class Count(InputModule):
    """Counts."""

    def __init__(self, config) -> None:
        super().__init__(config)
        self.outbox = self.pool.createQueue("outbox")

    def preHook(self) -> None:
        self.sendToBackground(self.produce)

    def produce(self) -> None:
        while self.loop():
            self.submit(Event(1), self.outbox)


def function(target, **options):
    return type("Suite", (FunctionConformance,), {"module": target, **options})


def output(target, **options):
    return type("Suite", (OutputConformance,), {"module": target, **options})


def incoming(target, **options):
    return type("Suite", (InputConformance,), {"module": target, **options})
