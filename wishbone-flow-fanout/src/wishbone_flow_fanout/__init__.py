"""Gives each connected queue its own copy of an event."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wishbone.module import FlowModule

if TYPE_CHECKING:
    from wishbone.actor import ActorConfig
    from wishbone.event import Event
    from wishbone.queue import Queue

__all__ = ["Fanout"]


class Fanout(FlowModule, dynamic_outputs=True, optional_outputs={"failed"}):
    """Gives each connected queue its own copy of an event: one to many.

    The copies share nothing, so what one branch does to its copy no other branch sees. An event is
    acknowledged when all its copies are. A branch that is slow makes the others wait, once its queue
    is full.

        modules:
          input:
            module: wishbone.input.generator
            arguments: {payload: hello, count: 3}
          fanout:
            module: wishbone.flow.fanout
          one:
            module: wishbone.output.stdout
          two:
            module: wishbone.output.stdout
        routingtable:
          - input.outbox -> fanout.inbox
          - fanout.one -> one.inbox
          - fanout.two -> two.inbox

    Queues:
        inbox: The events to copy.
        <any name>: A copy of each event, for every queue that a route names.
    """

    def __init__(self, config: ActorConfig) -> None:
        """Take events from `inbox`."""
        super().__init__(config)
        self.pool.createQueue("inbox")
        self.registerConsumer(self.consume, "inbox")
        self._copied: list[Queue] = []
        self._last: list[Queue] = []

    def preHook(self) -> None:
        """Note which queues are connected. The last is given the event itself, unless `success` has it."""
        inbox = self.pool.getQueue("inbox")
        outlets = [queue for queue in self.pool.listQueues(default=False) if queue is not inbox]
        copied = len(outlets) - (not self.pool.queue.success.connected)
        self._copied, self._last = outlets[:copied], outlets[copied:]

    def consume(self, event: Event) -> None:
        """Submit a copy of the event to each connected queue."""
        for outlet, copy in zip(self._copied, event.clones(len(self._copied)), strict=True):
            self.submit(copy, outlet)
        for outlet in self._last:
            self.submit(event, outlet)
