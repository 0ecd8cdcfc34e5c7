"""Passes every n-th event of a key within a time window."""

from __future__ import annotations

from collections import OrderedDict, deque
from typing import TYPE_CHECKING, Annotated

from msgspec import Meta

from wishbone import clock
from wishbone.arguments import KeySelector
from wishbone.module import FlowModule

if TYPE_CHECKING:
    from wishbone.actor import ActorConfig
    from wishbone.arguments import Key
    from wishbone.event import Event

__all__ = ["Count"]

ALL = ""
"""The key of every event when the module has no `key`."""


class Count(FlowModule, optional_outputs={"dropped"}):
    """Passes the n-th event of a key within a time window, then starts counting again.

    For example, ten failures in a minute raise one alarm, and nine raise none. The window slides: it always
    covers the last `window` seconds.

        modules:
          input:
            module: wishbone.input.generator
            arguments: {payload: {user: ada, login: failed}, interval: 1}
          count:
            module: wishbone.flow.count
            arguments: {count: 10, window: 60, key: data.user}
          alarm:
            module: wishbone.output.stdout
        routingtable:
          - input.outbox -> count.inbox
          - count.outbox -> alarm.inbox

    An event without the key fails and is not counted.

    Args:
        count: The number of the event that passes.
        window: Length of the time window in seconds.
        key: The key whose events are counted together: a path such as `data.user`, or a template. By default
            all events are counted together.
        max_keys: Maximum number of keys in memory. At this limit the key idle longest is forgotten.

    Queues:
        inbox: The events to count.
        outbox: Every n-th event.
        dropped: The other events.
    """

    def __init__(
        self,
        config: ActorConfig,
        count: Annotated[int, Meta(ge=1, le=1_000_000)] = 10,
        window: Annotated[float, Meta(gt=0, le=1e9)] = 60,
        key: KeySelector | None = None,
        max_keys: Annotated[int, Meta(ge=1)] = 10_000,
    ) -> None:
        super().__init__(config)
        self.count = count
        self.window = window
        self.key = key
        self.max_keys = max_keys
        self._outbox = self.pool.createQueue("outbox")
        self._dropped = self.pool.createQueue("dropped")
        self.pool.createQueue("inbox")
        self.registerConsumer(self.consume, "inbox")
        self._times: OrderedDict[Key, deque[float]] = OrderedDict()

    def consume(self, event: Event) -> None:
        """Count the event, and pass it if it is the n-th."""
        key = ALL if self.key is None else self.key.select(event)
        if self._is_nth(key, clock.monotonic()):
            self.submit(event, self._outbox)
        else:
            self.submit(event, self._dropped)

    def _is_nth(self, key: Key, now: float) -> bool:
        times = self._times.setdefault(key, deque(maxlen=self.count))
        times.append(now)
        self._times.move_to_end(key)
        if len(times) == self.count and now - times[0] <= self.window:
            del self._times[key]
            return True
        self._forget_before(now - self.window)
        return False

    def _forget_before(self, moment: float) -> None:
        """Forget the keys without an event since. They are in the order of their last event."""
        while len(self._times) > self.max_keys or next(iter(self._times.values()))[-1] < moment:
            self._times.popitem(last=False)
