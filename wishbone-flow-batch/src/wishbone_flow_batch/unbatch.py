"""Unbatch: takes lists apart."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wishbone.arguments import EventKey
from wishbone.error import InvalidData
from wishbone.event import Event
from wishbone.module import FlowModule

if TYPE_CHECKING:
    from wishbone.actor import ActorConfig

NOTES = ("errors", "tags", "timestamp", "tmp", "ttl")
"""What the events of a list have from the event that brought it."""


class Unbatch(FlowModule):
    """Takes lists apart: an event for each item of a list, in order.

    Each has the tags, notes (`tmp`, `errors`), time and time to live of the event that brought the list. That
    one is acknowledged when all of them are, and failed when one of them failed; with an empty list it is
    acknowledged at once.

        modules:
          input:
            module: wishbone.input.generator
            arguments: {payload: {records: [one, two, three]}, interval: 0, count: 2}
          unbatch:
            module: wishbone.flow.unbatch
            arguments: {key: data.records}
          stdout:
            module: wishbone.output.stdout
        routingtable:
          - input.outbox -> unbatch.inbox
          - unbatch.outbox -> stdout.inbox

    An event fails when there is no list at the key.

    Args:
        key: Where the list stands in the event, such as `data.records`.

    Queues:
        inbox: The events with lists.
        outbox: The events made of them: the payload of each is an item.
    """

    def __init__(
        self,
        config: ActorConfig,
        key: EventKey = EventKey("data"),  # noqa: B008 - it cannot change
    ) -> None:
        """Take events from `inbox`, and bring their items out by `outbox`."""
        super().__init__(config)
        self.key = key
        self._outbox = self.pool.createQueue("outbox")
        self.pool.createQueue("inbox")
        self.registerConsumer(self.consume, "inbox")

    def consume(self, event: Event) -> None:
        """Submit an event for each item of the list."""
        items = event.get(self.key)
        if not isinstance(items, list | tuple):
            message = (
                f"The key {self.key!r} holds no list but a {type(items).__name__}: lead only events with"
                " lists here, or give the key at which the list stands."
            )
            raise InvalidData(message)
        pattern = Event().slurp({name: getattr(event, name) for name in NOTES})
        for item in items:
            child = pattern.clone()
            child.data = item
            # All share the acknowledgement; a child counts in it from when it is submitted.
            child.acknowledgement = event.acknowledgement
            child.holds_reference = False
            self.submit(child, self._outbox)
