"""Batch: collects events, limited by number, bytes and time."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Annotated

from msgspec import Meta

from wishbone import clock
from wishbone.arguments import KeySelector
from wishbone.copying import copy_value
from wishbone.error import WishboneError
from wishbone.module import FlowModule
from wishbone_flow_batch.pending import PendingBatch, payload_size

if TYPE_CHECKING:
    from wishbone.actor import ActorConfig
    from wishbone.arguments import Key
    from wishbone.event import Event

ALL = ""
"""The key of every event when the module has no `key`."""


class Batch(FlowModule):
    """Collects events into batches. The payload of a batch is the list of its events' payloads.

    A batch is sent when it has `max_events`, when one more event would exceed `max_bytes`, or when its first
    event has waited `max_seconds`. With a key, each key has its own batch, and `tmp.<module>.key` of the
    batch holds the key. Events of one key stay in order.

    An event is acknowledged when its batch is, and fails when its batch fails. An input that waits for the
    acknowledgement of one event before it submits the next cannot fill a batch: each event then takes
    `max_seconds`.

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

    When the module stops, it sends the incomplete batches. An event fails when it does not have the key, and
    when `max_bytes` is set and JSON cannot represent its payload. A failed event is not part of a batch.

    Args:
        max_events: Maximum number of events in a batch.
        max_bytes: Maximum size of the payloads of a batch, in bytes: text counts as UTF-8, bytes as they are,
            anything else as JSON. A larger event becomes a batch by itself. Unlimited by default.
        max_seconds: How long the first event waits for others, in seconds.
        key: The key that groups events: a path such as `data.user`, or a template.
        max_batches: Maximum number of incomplete batches. At this limit, the oldest batch is sent before a
            new one starts.

    Queues:
        inbox: The events to collect.
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
        super().__init__(config)
        self.max_events = max_events
        self.max_bytes = max_bytes
        self.max_seconds = max_seconds
        self.key = key
        self.max_batches = max_batches
        self._outbox = self.pool.createQueue("outbox")
        self.pool.createQueue("inbox")
        self.registerConsumer(self.consume, "inbox")
        self._pending: OrderedDict[Key, PendingBatch] = OrderedDict()

    def preHook(self) -> None:
        """Start to send batches whose time is over."""
        self.sendToBackground(self.send_when_due)

    def consume(self, event: Event) -> None:
        """Add the event to the batch of its key, and send the batch if it is complete."""
        key = ALL if self.key is None else self.key.select(event)
        size = 0 if self.max_bytes is None else payload_size(event.data)
        if key in self._pending and self._has_no_room(self._pending[key], size):
            self._send(key)
        pending = self._pending.get(key) or self._begin(key, event)
        pending.add(event, size)
        if self._is_full(pending) or not self.loop():
            self._send(key)

    def send_when_due(self) -> None:
        """Send each batch when its first event has waited long enough. At a stop, send all of them."""
        while self.sleep(self._seconds_left()):
            now = clock.monotonic()
            while self._pending and next(iter(self._pending.values())).deadline <= now:
                self._send(next(iter(self._pending)))
        while self._pending:
            self._send(next(iter(self._pending)))

    def postHook(self) -> None:
        """Fail the events of the batches that could not be sent before the deadline."""
        error = WishboneError(f"The module {self.name!r} was stopped before the batch was complete.")
        unsent = list(self._pending.values())
        self._pending.clear()
        for pending in unsent:
            pending.fail(error)
        if unsent:
            count = sum(len(pending.payloads) for pending in unsent)
            self.logging.warning(f"Stopped with {count} events in {len(unsent)} incomplete batches.")

    def _begin(self, key: Key, event: Event) -> PendingBatch:
        """Start a batch, after sending the oldest if there are too many."""
        if len(self._pending) >= self.max_batches:
            self._send(next(iter(self._pending)))
        value = None if self.key is None else copy_value(self.key.value(event))
        pending = self._pending[key] = PendingBatch(clock.monotonic() + self.max_seconds, value)
        return pending

    def _send(self, key: Key) -> None:
        """Send the batch of a key.

        Both the consumer and the background function call this. No other greenlet runs between taking out
        the batch and its place in the outbox, so the batches of a key are sent in order.
        """
        pending = self._pending.pop(key)
        event = pending.merge()
        if self.key is not None:
            event.tmp[self.name] = {"key": pending.key}
        self.submit(event, self._outbox)

    def _has_no_room(self, pending: PendingBatch, size: int) -> bool:
        return self.max_bytes is not None and pending.size + size > self.max_bytes

    def _is_full(self, pending: PendingBatch) -> bool:
        return len(pending.payloads) >= self.max_events or self._has_no_room(pending, 1)

    def _seconds_left(self) -> float:
        """Return the seconds until the next batch is due. A batch that starts later is due later."""
        for pending in self._pending.values():
            return max(0.0, pending.deadline - clock.monotonic())
        return self.max_seconds
