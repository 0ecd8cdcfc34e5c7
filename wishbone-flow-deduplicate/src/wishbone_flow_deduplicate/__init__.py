"""Lets one of several events with the same key through."""

from __future__ import annotations

from collections import OrderedDict
from functools import partial
from typing import TYPE_CHECKING, Annotated

from msgspec import Meta

from wishbone import clock
from wishbone.arguments import KeySelector
from wishbone.module import FlowModule
from wishbone_flow_deduplicate.first import First

if TYPE_CHECKING:
    from wishbone.actor import ActorConfig
    from wishbone.arguments import Key
    from wishbone.event import Event

__all__ = ["Deduplicate"]


class Deduplicate(FlowModule, optional_outputs={"dropped"}):
    """Lets one of several events with the same key through; the others are duplicates, and dropped.

    A duplicate comes within `window` seconds after the event that it is a duplicate of. It shares that
    one's fate: as long as that is on its way, the duplicate's input is told nothing, and then the same.
    When an event fails behind this module, its key is forgotten, so that it comes through when
    somebody sends it again. So nothing that can be sent again is lost.

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

    What is remembered is in memory: a restart forgets it. An event that is led back to be tried again is no
    duplicate of itself. An event fails when it has not the key.

    Args:
        key: What tells events apart: a place in the event, such as `data.id`, or a template. The payload as
            a whole, if it is not given; of mappings the order does not matter.
        window: Seconds for which a key is remembered, from when its event came through.
        max_keys: How many keys are remembered, each in about 300 bytes. The oldest is forgotten first, and a
            duplicate of it then comes through.

    Queues:
        inbox: The events, duplicates among them.
        outbox: The first of each key.
        dropped: The duplicates.
    """

    def __init__(
        self,
        config: ActorConfig,
        key: KeySelector = KeySelector("data"),  # noqa: B008 - it never changes
        window: Annotated[float, Meta(gt=0, le=1e9)] = 60,
        max_keys: Annotated[int, Meta(ge=1)] = 100_000,
    ) -> None:
        """Take events from `inbox`."""
        super().__init__(config)
        self.key = key
        self.window = window
        self.max_keys = max_keys
        self._outbox = self.pool.createQueue("outbox")
        self._dropped = self.pool.createQueue("dropped")
        self.pool.createQueue("inbox")
        self.registerConsumer(self.consume, "inbox")
        self._firsts: OrderedDict[Key, First] = OrderedDict()

    def consume(self, event: Event) -> None:
        """Let the event through, unless it is a duplicate."""
        key = self.key.select(event)
        now = clock.monotonic()
        self._forget_until(now)
        first = self._firsts.get(key)
        if first is None:
            self._let_through(event, key, now)
        elif first.is_itself(event):
            self.submit(event, self._outbox)
        else:
            first.bind(event)
            self.submit(event, self._dropped)

    def _let_through(self, event: Event, key: Key, now: float) -> None:
        first = First(now + self.window)
        passed = event.tracked(partial(self._settled, key, first))
        first.acknowledgement = passed.acknowledgement
        self._firsts[key] = first
        if len(self._firsts) > self.max_keys:
            self._firsts.popitem(last=False)
        self.submit(passed, self._outbox)

    def _forget_until(self, now: float) -> None:
        """Forget the keys whose time is over: they stand in the order in which they came."""
        while self._firsts:
            key, first = next(iter(self._firsts.items()))
            if first.until > now:
                return
            del self._firsts[key]

    def _settled(self, key: Key, first: First, error: BaseException | None) -> None:
        if error is not None and self._firsts.get(key) is first:
            del self._firsts[key]
        first.acknowledgement = None
