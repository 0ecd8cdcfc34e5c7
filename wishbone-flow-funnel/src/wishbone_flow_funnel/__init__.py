"""Merges the events of any number of queues into one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wishbone.module import FlowModule

if TYPE_CHECKING:
    from wishbone.actor import ActorConfig
    from wishbone.event import Event

__all__ = ["Funnel"]


class Funnel(FlowModule, dynamic_inputs=True, optional_outputs={"failed"}):
    """Merges the events of any number of queues into one: many to one.

    Events of one queue stay in order. Events of different queues are merged as they arrive.

        modules:
          one:
            module: wishbone.input.generator
            arguments: {payload: one, count: 3}
          two:
            module: wishbone.input.generator
            arguments: {payload: two, count: 3}
          funnel:
            module: wishbone.flow.funnel
          stdout:
            module: wishbone.output.stdout
        routingtable:
          - one.outbox -> funnel.one
          - two.outbox -> funnel.two
          - funnel.outbox -> stdout.inbox

    Queues:
        <any name>: Events to merge. Every queue name that a route uses is created.
        outbox: The events of all queues.
    """

    def __init__(self, config: ActorConfig) -> None:
        super().__init__(config)
        self._outbox = self.pool.createQueue("outbox")

    def preHook(self) -> None:
        """Consume every queue that a route created."""
        for name in self.pool.listQueues(names=True, default=False):
            if name != "outbox":
                self.registerConsumer(self.consume, name)

    def consume(self, event: Event) -> None:
        """Submit the event to `outbox`."""
        self.submit(event, self._outbox)
