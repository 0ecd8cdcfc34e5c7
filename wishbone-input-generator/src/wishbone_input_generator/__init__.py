"""Makes events with a given payload, at an interval."""

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

MANY = 100
"""Events made in one go where there is no interval."""


class Generator(InputModule):
    """Makes events with a given payload, at an interval.

    Each event has a copy of the payload of its own. With a count the generator finishes after so many
    events, and a pipeline whose inputs have all finished stops by itself.

        modules:
          input:
            module: wishbone.input.generator
            arguments: {payload: Hello world!, interval: 0.5, count: 3}
          stdout:
            module: wishbone.output.stdout
        routingtable:
          - input.outbox -> stdout.inbox

    Args:
        payload: What each event carries: any value.
        interval: Seconds between two events; 0 makes them as fast as the pipeline takes them.
        count: How many events to make; none of it makes them without end.

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
        """Bring events out by `outbox`."""
        super().__init__(config)
        self.payload = payload
        self.interval = interval
        self.count = count
        self._made = 0
        self._outbox = self.pool.createQueue("outbox")

    def preHook(self) -> None:
        """Start to make events."""
        self.sendToBackground(self.produce)

    def produce(self) -> None:
        """Make events until there were enough of them, or the module is to stop."""
        while self._made != self.count and self.loop():
            if self.interval:
                self._make()
                if self._made != self.count:
                    self.sleep(self.interval)
            else:
                self._make_many()

    def _make_many(self) -> None:
        """Make a run of events, then let others work: a queue that nobody consumes would never wait."""
        rest = MANY if self.count is None else min(MANY, self.count - self._made)
        for _ in range(rest):
            self._make()
        gevent.sleep(0)

    def _make(self) -> None:
        self._made += 1
        self.submit(Event(copy_value(self.payload)), self._outbox)
