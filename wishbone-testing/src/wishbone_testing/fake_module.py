"""FakeModule, FakeInput and Tap: what a test puts in place of modules, and between them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gevent.event import Event as Flag

from wishbone.actor import Actor
from wishbone.event import Event
from wishbone.module import InputModule

if TYPE_CHECKING:
    from wishbone.actor import ActorConfig


class FakeModule(Actor, dynamic_inputs=True, dynamic_outputs=True):
    """Has every queue that a route names, keeps what it receives, and submits what the test feeds."""

    def __init__(self, config: ActorConfig) -> None:
        """Start without any events."""
        super().__init__(config)
        self.received: dict[str, list[Event]] = {}

    def preHook(self) -> None:
        """Consume the queues that routes lead to."""
        for name, queue in list(self.pool.items()):
            if queue.destination == (self, name):
                self.registerConsumer(self.received_from(name).append, name)

    def received_from(self, queue: str) -> list[Event]:
        """Return the events that came through a queue and were not taken yet."""
        return self.received.setdefault(queue, [])


class FakeInput(FakeModule, InputModule):
    """Replaces an input. When all inputs have ended, the pipeline stops by itself."""

    def __init__(self, config: ActorConfig) -> None:
        """Run until `ended` is set."""
        super().__init__(config)
        self.ended = Flag()
        self.sendToBackground(self.wait, self.ended)


class Tap(Actor):
    """Passes events on, and keeps a copy of each."""

    def __init__(self, config: ActorConfig) -> None:
        """Start without any events."""
        super().__init__(config)
        self.received: list[Event] = []
        self.pool.createQueue("inbox")
        self._outbox = self.pool.createQueue("outbox")
        self.registerConsumer(self.consume, "inbox")

    def consume(self, event: Event) -> None:
        """Copy an event, and pass it on."""
        self.received.append(detached(event))
        # The tap does not count as a hop.
        event.ttl += 1
        self.submit(event, self._outbox)


def detached(event: Event) -> Event:
    """Return a copy of an event without its acknowledgement."""
    return Event().slurp(event.dump())
