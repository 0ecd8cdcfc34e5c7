"""Unbatch: splits lists into events."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wishbone.arguments import EventKey
from wishbone.error import InvalidData
from wishbone.event import Event
from wishbone.module import FlowModule

if TYPE_CHECKING:
    from wishbone.actor import ActorConfig

INHERITED = ("errors", "tags", "timestamp", "tmp", "ttl")
"""The fields that each new event copies from the event with the list."""


class Unbatch(FlowModule):
    """Splits a list into one event per item, in order.

    Each new event copies `tags`, `tmp`, `errors`, `timestamp` and `ttl` from the event with the list. That
    event is acknowledged when all new events are, and fails when one of them fails. An empty list is
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
        key: The key of the list, such as `data.records`.

    Queues:
        inbox: The events with lists.
        outbox: One event per item, with the item as its payload.
    """

    def __init__(
        self,
        config: ActorConfig,
        key: EventKey = EventKey("data"),  # noqa: B008 - it never changes
    ) -> None:
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
                f"The value of {self.key!r} is a {type(items).__name__}, not a list: route only events with"
                " a list here, or set 'key' to the key of the list."
            )
            raise InvalidData(message)
        pattern = Event().slurp({name: getattr(event, name) for name in INHERITED})
        for item in items:
            child = pattern.clone()
            child.data = item
            # All share the acknowledgement. A child holds a reference from the moment it is submitted.
            child.acknowledgement = event.acknowledgement
            child.holds_reference = False
            self.submit(child, self._outbox)
