"""Creates events with a given payload, at an interval."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import gevent
from msgspec import Meta

from wishbone.copying import copy_value
from wishbone.event import Event
from wishbone.module import InputModule

if TYPE_CHECKING:
    from wishbone.actor import ActorConfig

__all__ = ["Generator"]

BURST = 100
"""Events created before other greenlets run, when there is no interval."""


class Generator(InputModule):
    """Creates events with a given payload, at an interval.

    Each event has its own copy of the payload. With a count, the generator finishes after that many events. A
    pipeline stops by itself when all its inputs have finished.

        modules:
          input:
            module: wishbone.input.generator
            arguments: {payload: Hello world!, interval: 0.5, count: 3}
          stdout:
            module: wishbone.output.stdout
        routingtable:
          - input.outbox -> stdout.inbox

    Args:
        payload: The payload of each event: any value.
        interval: Seconds between two events; 0 creates events as fast as the pipeline takes them.
        count: Number of events; unlimited by default.

    Queues:
        outbox: The events.
    """

    def __init__(
        self,
        config: ActorConfig,
        payload: Any = "test",
        interval: Annotated[float, Meta(ge=0)] = 1,
        count: Annotated[int, Meta(ge=0)] | None = None,
    ) -> None:
        super().__init__(config)
        self.payload = payload
        self.interval = interval
        self.count = count
        self._created = 0
        self._outbox = self.pool.createQueue("outbox")

    def preHook(self) -> None:
        """Start to create events."""
        self.sendToBackground(self.produce)

    def produce(self) -> None:
        """Create events until there are `count` of them, or the module must stop."""
        while self._created != self.count and self.loop():
            if self.interval:
                self._create()
                if self._created != self.count:
                    self.sleep(self.interval)
            else:
                self._create_burst()

    def _create_burst(self) -> None:
        """Create some events, then let other greenlets run: a queue without a route never blocks."""
        size = BURST if self.count is None else min(BURST, self.count - self._created)
        for _ in range(size):
            self._create()
        gevent.sleep(0)

    def _create(self) -> None:
        self._created += 1
        self.submit(Event(copy_value(self.payload)), self._outbox)
