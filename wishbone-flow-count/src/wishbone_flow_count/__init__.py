"""Passes an event when it is the n-th of its kind within a window."""

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
"""The key of every event, where none is given."""


class Count(FlowModule, optional_outputs={"dropped"}):
    """Passes an event when it is the n-th of its key within a window; then counting begins anew.

    So that ten failures in a minute make one alarm, and nine make none. The window slides: it is the last
    `window` seconds, whenever an event comes.

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

    An event fails when it has not the key; it does not count then.

    Args:
        count: Which event passes.
        window: Seconds within which so many must come.
        key: What tells events apart that are counted for themselves: a place in the event, such as
            `data.user`, or a template.
        max_keys: How many keys are counted at once. The one that was quiet longest is forgotten first.

    Queues:
        inbox: The events to count.
        outbox: Each n-th.
        dropped: The others.
    """

    def __init__(
        self,
        config: ActorConfig,
        count: Annotated[int, Meta(ge=1, le=1_000_000)] = 10,
        window: Annotated[float, Meta(gt=0, le=1e9)] = 60,
        key: KeySelector | None = None,
        max_keys: Annotated[int, Meta(ge=1)] = 10_000,
    ) -> None:
        """Take events from `inbox`."""
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
        """Forget the keys of which nothing came since; they stand in the order in which they came last."""
        while len(self._times) > self.max_keys or next(iter(self._times.values()))[-1] < moment:
            self._times.popitem(last=False)
