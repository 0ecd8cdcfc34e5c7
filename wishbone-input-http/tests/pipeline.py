"""A router with the server and an output that a test controls."""

from __future__ import annotations

from contextlib import contextmanager

from gevent.event import Event as Flag

from wishbone.actor import ActorConfig
from wishbone.module import OutputModule
from wishbone.router import Default
from wishbone_input_http import Http


class Output(OutputModule):
    """Keeps events. Blocks until `gate` is set, fails while `broken`, and passes each event to `touch`."""

    def __init__(self, config: ActorConfig) -> None:
        super().__init__(config)
        self.pool.createQueue("inbox")
        self.registerConsumer(self.consume, "inbox")
        self.gate = Flag()
        self.gate.set()
        self.broken = False
        self.touch = lambda event: None
        self.events = []

    def consume(self, event):
        self.gate.wait()
        self.touch(event)
        if self.broken:
            message = "the output is broken"
            raise ConnectionError(message)
        self.events.append(event)

    @property
    def payloads(self):
        return [event.data for event in self.events]


class Pipeline:
    def __init__(self, arguments=None, size=100, queues=("outbox",)):
        self.router = Default(size=size)
        self.http = self.router.registerModule(Http, "http", {"port": 0, **(arguments or {})})
        self.outputs = {name: self.router.registerModule(Output, f"to_{name}") for name in queues}
        for name in queues:
            self.router.connectQueue(f"http.{name}", f"to_{name}.inbox")

    @property
    def output(self):
        return next(iter(self.outputs.values()))

    @property
    def port(self):
        return self.http.port

    @property
    def messages(self):
        return [event.data.message for event in self.http.pool.queue.logs.items]


@contextmanager
def running(arguments=None, **options):
    pipeline = Pipeline(arguments, **options)
    pipeline.router.start()
    try:
        yield pipeline
    finally:
        for output in pipeline.outputs.values():
            output.gate.set()
        pipeline.router.stop(timeout=5)
