"""Sends a copy of each event to every connected queue."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wishbone.module import FlowModule

if TYPE_CHECKING:
    from wishbone.actor import ActorConfig
    from wishbone.event import Event
    from wishbone.queue import Queue

__all__ = ["Fanout"]


class Fanout(FlowModule, dynamic_outputs=True, optional_outputs={"failed"}):
    """Sends a copy of each event to every connected queue: one to many.

    The copies share nothing: a branch never sees what another branch changes. An event is acknowledged when
    all its copies are. A slow branch blocks the others once its queue is full.

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
        <any name>: A copy of each event. Every queue name that a route uses is created.
    """

    def __init__(self, config: ActorConfig) -> None:
        super().__init__(config)
        self.pool.createQueue("inbox")
        self.registerConsumer(self.consume, "inbox")
        self._copied: list[Queue] = []
        self._last: list[Queue] = []

    def preHook(self) -> None:
        """Find the connected queues. The last gets the event itself, unless `success` is connected."""
        inbox = self.pool.getQueue("inbox")
        outputs = [queue for queue in self.pool.listQueues(default=False) if queue is not inbox]
        copied = len(outputs) - (not self.pool.queue.success.connected)
        self._copied, self._last = outputs[:copied], outputs[copied:]

    def consume(self, event: Event) -> None:
        """Submit a copy of the event to each connected queue."""
        for queue, copy in zip(self._copied, event.clones(len(self._copied)), strict=True):
            self.submit(copy, queue)
        for queue in self._last:
            self.submit(event, queue)
