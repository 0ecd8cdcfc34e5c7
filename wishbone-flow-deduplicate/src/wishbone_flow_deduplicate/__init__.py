"""Drops events whose key was seen within a time window."""

from __future__ import annotations

from collections import OrderedDict
from functools import partial
from typing import TYPE_CHECKING, Annotated

from msgspec import Meta

from wishbone import clock
from wishbone.arguments import KeySelector
from wishbone.module import FlowModule
from wishbone_flow_deduplicate.seen import SeenKey

if TYPE_CHECKING:
    from wishbone.actor import ActorConfig
    from wishbone.arguments import Key
    from wishbone.event import Event

__all__ = ["Deduplicate"]


class Deduplicate(FlowModule, optional_outputs={"dropped"}):
    """Drops duplicates: events whose key was seen within the last `window` seconds.

    A duplicate shares the result of the event that passed: it is acknowledged when that event is, and fails
    when that event fails. When an event fails after this module, its key is forgotten, so the event passes
    when it is sent again. Nothing is lost as long as the sender repeats what failed.

        modules:
          input:
            module: wishbone.input.generator
            arguments: {payload: {id: 17, text: hello}, interval: 1}
          deduplicate:
            module: wishbone.flow.deduplicate
            arguments: {key: data.id, window: 10}
          stdout:
            module: wishbone.output.stdout
        routingtable:
          - input.outbox -> deduplicate.inbox
          - deduplicate.outbox -> stdout.inbox

    Keys are kept in memory, so a restart forgets them. An event that comes back through a retry route is not
    a duplicate of itself. An event without the key fails.

    Args:
        key: The key that identifies an event: a path such as `data.id`, or a template. By default the whole
            payload; the order of the names in a mapping does not matter.
        window: How long a key is remembered, in seconds, from when its event passed.
        max_keys: Maximum number of keys in memory, about 300 bytes each. At this limit the oldest is
            forgotten, and a duplicate of it passes.

    Queues:
        inbox: The events to check.
        outbox: The first event of each key.
        dropped: The duplicates.
    """

    def __init__(
        self,
        config: ActorConfig,
        key: KeySelector = KeySelector("data"),  # noqa: B008 - it never changes
        window: Annotated[float, Meta(gt=0, le=1e9)] = 60,
        max_keys: Annotated[int, Meta(ge=1)] = 100_000,
    ) -> None:
        super().__init__(config)
        self.key = key
        self.window = window
        self.max_keys = max_keys
        self._outbox = self.pool.createQueue("outbox")
        self._dropped = self.pool.createQueue("dropped")
        self.pool.createQueue("inbox")
        self.registerConsumer(self.consume, "inbox")
        self._seen: OrderedDict[Key, SeenKey] = OrderedDict()

    def consume(self, event: Event) -> None:
        """Let the event through, unless it is a duplicate."""
        key = self.key.select(event)
        now = clock.monotonic()
        self._expire(now)
        seen = self._seen.get(key)
        if seen is None:
            self._let_through(event, key, now)
        elif seen.is_same(event):
            self.submit(event, self._outbox)
        else:
            seen.link(event)
            self.submit(event, self._dropped)

    def _let_through(self, event: Event, key: Key, now: float) -> None:
        seen = SeenKey(now + self.window)
        passed = event.tracked(partial(self._settled, key, seen))
        seen.acknowledgement = passed.acknowledgement
        self._seen[key] = seen
        if len(self._seen) > self.max_keys:
            self._seen.popitem(last=False)
        self.submit(passed, self._outbox)

    def _expire(self, now: float) -> None:
        """Forget the keys whose time is over. They are in the order of their time."""
        while self._seen:
            key, seen = next(iter(self._seen.items()))
            if seen.expires_at > now:
                return
            del self._seen[key]

    def _settled(self, key: Key, seen: SeenKey, error: BaseException | None) -> None:
        if error is not None and self._seen.get(key) is seen:
            del self._seen[key]
        seen.acknowledgement = None
