"""Discards events."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wishbone.module import OutputModule

if TYPE_CHECKING:
    from wishbone.actor import ActorConfig
    from wishbone.event import Event

__all__ = ["Null"]


class Null(OutputModule, optional_outputs={"failed"}):
    """Discards events.

    Events are acknowledged: their input sees success. In contrast, an event that reaches a `failed` queue
    without a route counts as failed.

        modules:
          input:
            module: wishbone.input.generator
            arguments: {payload: hello, interval: 0, count: 3}
          nowhere:
            module: wishbone.output.null
        routingtable:
          - input.outbox -> nowhere.inbox

    Queues:
        inbox: The events to discard.
    """

    def __init__(self, config: ActorConfig) -> None:
        super().__init__(config)
        self.pool.createQueue("inbox")
        self.registerConsumer(self.consume, "inbox")

    def consume(self, event: Event) -> None:
        """Discard the event."""
