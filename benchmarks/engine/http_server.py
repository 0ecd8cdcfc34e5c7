"""Prints its port, receives events over HTTP and counts them until killed: `http_server.py`."""

from __future__ import annotations

from wishbone import ActorConfig, Event
from wishbone.module import OutputModule
from wishbone.router import Default


class Count(OutputModule):
    """Counts events."""

    def __init__(self, config: ActorConfig) -> None:
        super().__init__(config)
        self.pool.createQueue("inbox")
        self.registerConsumer(self.consume, "inbox")
        self.total = 0

    def consume(self, event: Event) -> None:
        self.total += 1


def serve() -> None:
    """Run until killed."""
    router = Default()
    http = router.registerModule("wishbone.input.http", "http", {"port": 0})
    router.registerModule(Count, "count")
    router.connectQueue("http.outbox", "count.inbox")
    router.start()
    print(http.port, flush=True)
    router.block()


if __name__ == "__main__":
    serve()
