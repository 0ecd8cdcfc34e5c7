"""Batch: puts events together, by number, bytes and time."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Annotated

from msgspec import Meta

from wishbone import clock
from wishbone.arguments import KeySelector
from wishbone.copying import copy_value
from wishbone.error import WishboneError
from wishbone.module import FlowModule
from wishbone_flow_batch.members import Members, payload_size

if TYPE_CHECKING:
    from wishbone.actor import ActorConfig
    from wishbone.arguments import Key
    from wishbone.event import Event

ALL = ""
"""The key of every event, where none is given."""


class Batch(FlowModule):
    """Puts events together: the payload of what comes out is the list of their payloads.

    A batch leaves when it has `max_events`, when one more event would make it larger than `max_bytes`,
    or when its first event has waited for `max_seconds`. With a key there is a batch for each key, and
    `tmp.<module>.key` of what comes out says whose it is. The events of a key stay in order.

    Each event is settled as its batch is: acknowledged when the batch is, failed when it fails. An input
    that waits for one event before it brings the next one fills no batch: then `max_seconds` is what
    each event takes.

        modules:
          input:
            module: wishbone.input.generator
            arguments: {payload: {user: ada}, interval: 0.01, count: 250}
          batch:
            module: wishbone.flow.batch
            arguments: {max_events: 100, max_seconds: 2, key: data.user}
          stdout:
            module: wishbone.output.stdout
        routingtable:
          - input.outbox -> batch.inbox
          - batch.outbox -> stdout.inbox

    What is not complete leaves when the module is stopped. An event fails when it has not the key, and when
    its bytes are to be counted and it is nothing that JSON knows; it is part of no batch then.

    Args:
        max_events: How many events a batch has at most.
        max_bytes: How many bytes their payloads have at most: of a text in UTF-8, and of what is neither text
            nor bytes as JSON. An event with more is a batch of its own. If it is not given, bytes are not
            counted.
        max_seconds: How long the first event waits for others, in seconds.
        key: What tells events apart: a place in the event, such as `data.user`, or a template.
        max_batches: How many batches are open at once. When one more is begun, the oldest leaves.

    Queues:
        inbox: The events to put together.
        outbox: The batches.
    """

    def __init__(  # noqa: PLR0917 - a module has as many arguments as it has options
        self,
        config: ActorConfig,
        max_events: Annotated[int, Meta(ge=1, le=1_000_000)] = 100,
        max_bytes: Annotated[int, Meta(ge=1)] | None = None,
        max_seconds: Annotated[float, Meta(gt=0, le=1e9)] = 1,
        key: KeySelector | None = None,
        max_batches: Annotated[int, Meta(ge=1)] = 1000,
    ) -> None:
        """Take events from `inbox`, and bring batches out by `outbox`."""
        super().__init__(config)
        self.max_events = max_events
        self.max_bytes = max_bytes
        self.max_seconds = max_seconds
        self.key = key
        self.max_batches = max_batches
        self._outbox = self.pool.createQueue("outbox")
        self.pool.createQueue("inbox")
        self.registerConsumer(self.consume, "inbox")
        self._open: OrderedDict[Key, Members] = OrderedDict()

    def preHook(self) -> None:
        """Start to look after batches that do not fill up."""
        self.sendToBackground(self.hand_on_in_time)

    def consume(self, event: Event) -> None:
        """Put the event into the batch of its key, and hand that on if it is complete."""
        key = ALL if self.key is None else self.key.select(event)
        size = 0 if self.max_bytes is None else payload_size(event.data)
        if key in self._open and self._has_no_room(self._open[key], size):
            self._hand_on(key)
        members = self._open.get(key) or self._begin(key, event)
        members.add(event, size)
        if self._is_full(members) or not self.loop():
            self._hand_on(key)

    def hand_on_in_time(self) -> None:
        """Hand on each batch when its first event has waited long enough; at the end, all of them."""
        while self.sleep(self._seconds_left()):
            now = clock.monotonic()
            while self._open and next(iter(self._open.values())).deadline <= now:
                self._hand_on(next(iter(self._open)))
        while self._open:
            self._hand_on(next(iter(self._open)))

    def postHook(self) -> None:
        """Settle as failed what the deadline left behind."""
        error = WishboneError(f"The module {self.name!r} was stopped before the batch was complete.")
        left = list(self._open.values())
        self._open.clear()
        for members in left:
            members.fail(error)
        if left:
            count = sum(len(members.payloads) for members in left)
            self.logging.warning(
                f"Stopped with {count} events in {len(left)} batches that were not complete."
            )

    def _begin(self, key: Key, event: Event) -> Members:
        """Open a batch, and hand on the oldest if there are too many then."""
        if len(self._open) >= self.max_batches:
            self._hand_on(next(iter(self._open)))
        value = None if self.key is None else copy_value(self.key.value(event))
        members = self._open[key] = Members(clock.monotonic() + self.max_seconds, value)
        return members

    def _hand_on(self, key: Key) -> None:
        """Hand on the batch of a key.

        The consumer and the background function both do. Nothing comes between taking the batch out and
        its place in the outbox, so the batches of a key leave in order.
        """
        members = self._open.pop(key)
        event = members.merge()
        if self.key is not None:
            event.tmp[self.name] = {"key": members.key}
        self.submit(event, self._outbox)

    def _has_no_room(self, members: Members, size: int) -> bool:
        return self.max_bytes is not None and members.size + size > self.max_bytes

    def _is_full(self, members: Members) -> bool:
        return len(members.payloads) >= self.max_events or self._has_no_room(members, 1)

    def _seconds_left(self) -> float:
        """Return how long no batch can become due: what is begun from now on has all its time before it."""
        for members in self._open.values():
            return max(0.0, members.deadline - clock.monotonic())
        return self.max_seconds
