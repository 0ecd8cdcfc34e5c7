"""Brings the events of any number of queues together in one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wishbone.module import FlowModule

if TYPE_CHECKING:
    from wishbone.actor import ActorConfig
    from wishbone.event import Event

__all__ = ["Funnel"]


class Funnel(FlowModule, dynamic_inputs=True, optional_outputs={"failed"}):
    """Brings the events of any number of queues together in one: many to one.

    The events of one queue stay in order; how those of several queues mix depends on when they come.

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
        <any name>: Events, for every queue that a route names.
        outbox: All of them.
    """

    def __init__(self, config: ActorConfig) -> None:
        """Bring events out by `outbox`."""
        super().__init__(config)
        self._outbox = self.pool.createQueue("outbox")

    def preHook(self) -> None:
        """Consume every queue that a route made."""
        for name in self.pool.listQueues(names=True, default=False):
            if name != "outbox":
                self.registerConsumer(self.consume, name)

    def consume(self, event: Event) -> None:
        """Submit the event to `outbox`."""
        self.submit(event, self._outbox)
