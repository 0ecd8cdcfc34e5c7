"""StandIn, InputStandIn and Tap: what a test puts in the place of modules, and between them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gevent.event import Event as Flag

from wishbone.actor import Actor
from wishbone.event import Event
from wishbone.module import InputModule

if TYPE_CHECKING:
    from wishbone.actor import ActorConfig


class StandIn(Actor, dynamic_inputs=True, dynamic_outputs=True):
    """Has every queue that routes name, keeps what comes in, and brings out what the test feeds."""

    def __init__(self, config: ActorConfig) -> None:
        """Begin without anything received."""
        super().__init__(config)
        self.received: dict[str, list[Event]] = {}

    def preHook(self) -> None:
        """Keep what comes in by queues that routes lead to."""
        for name, queue in list(self.pool.items()):
            if queue.destination == (self, name):
                self.registerConsumer(self.list_of(name).append, name)

    def list_of(self, queue: str) -> list[Event]:
        """Return what came in by a queue and was not taken out yet."""
        return self.received.setdefault(queue, [])


class InputStandIn(StandIn, InputModule):
    """Takes the place of an input: the pipeline stops by itself when all inputs have ended."""

    def __init__(self, config: ActorConfig) -> None:
        """Go on until told that the input has ended."""
        super().__init__(config)
        self.ended = Flag()
        self.sendToBackground(self.wait, self.ended)


class Tap(Actor):
    """Stands between two modules, and keeps a copy of each event that passes."""

    def __init__(self, config: ActorConfig) -> None:
        """Begin without anything received."""
        super().__init__(config)
        self.received: list[Event] = []
        self.pool.createQueue("inbox")
        self._outbox = self.pool.createQueue("outbox")
        self.registerConsumer(self.consume, "inbox")

    def consume(self, event: Event) -> None:
        """Copy an event, and pass it on."""
        self.received.append(detached(event))
        # As if it had not been here.
        event.ttl += 1
        self.submit(event, self._outbox)


def detached(event: Event) -> Event:
    """Return a copy of an event that has nothing to do with its acknowledgement."""
    return Event().slurp(event.dump())
