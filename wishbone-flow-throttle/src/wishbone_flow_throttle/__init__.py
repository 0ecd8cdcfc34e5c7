"""Limits the rate of events, in total or for each key."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

import gevent
from msgspec import Meta

from wishbone import clock
from wishbone.arguments import KeySelector
from wishbone.module import FlowModule
from wishbone_flow_throttle.limiter import Limiter

if TYPE_CHECKING:
    from wishbone.actor import ActorConfig
    from wishbone.arguments import Key
    from wishbone.event import Event

__all__ = ["Throttle"]

ALL = ""
"""The key of every event when the module has no `key`."""


class Throttle(FlowModule, optional_outputs={"dropped"}):
    """Limits the rate of events with a token bucket, in total or for each key.

    Excess events wait, blocking those after them back to the input, or go to `dropped`. Events stay in order.
    With a key, an event that waits also blocks events of other keys.

        modules:
          input:
            module: wishbone.input.generator
            arguments: {payload: {user: ada}, interval: 0, count: 20}
          throttle:
            module: wishbone.flow.throttle
            arguments: {rate: 5, burst: 10, key: data.user}
          stdout:
            module: wishbone.output.stdout
        routingtable:
          - input.outbox -> throttle.inbox
          - throttle.outbox -> stdout.inbox

    In any period, at most `burst` events pass, plus `rate` for each `per` seconds of the period. While the
    pipeline stops, waiting events continue at the same rate until the deadline. An event without the key
    fails.

    Args:
        rate: How many events pass in `per` seconds, in the long run.
        per: The period of `rate` in seconds: 60 for events per minute.
        burst: How many events can pass at once after an idle time. Timers are exact to about a millisecond,
            so set a burst of a few events for rates of many hundred events per second.
        excess: Whether an excess event waits (`wait`) or goes to `dropped` (`drop`).
        key: The key that has its own rate: a path such as `data.user`, or a template. By default all events
            share one rate.
        max_keys: Maximum number of keys in memory, about 250 bytes each. At this limit the key idle longest
            is forgotten, and starts with a full burst the next time.

    Queues:
        inbox: The events to limit.
        outbox: The events that pass.
        dropped: The excess events, with `excess: drop`.
    """

    def __init__(  # noqa: PLR0917 - a module has as many arguments as it has options
        self,
        config: ActorConfig,
        rate: Annotated[float, Meta(gt=0, le=1e9)],
        per: Annotated[float, Meta(gt=0, le=1e9)] = 1,
        burst: Annotated[int, Meta(ge=1, le=1_000_000_000)] = 1,
        excess: Literal["wait", "drop"] = "wait",
        key: KeySelector | None = None,
        max_keys: Annotated[int, Meta(ge=1)] = 100_000,
    ) -> None:
        super().__init__(config)
        self.rate = rate
        self.per = per
        self.burst = burst
        self.excess = excess
        self.key = key
        self.max_keys = max_keys
        self._limiter = Limiter(rate / per, burst, max_keys)
        self._outbox = self.pool.createQueue("outbox")
        self._dropped = self.pool.createQueue("dropped")
        self.pool.createQueue("inbox")
        self.registerConsumer(self.consume, "inbox")

    def consume(self, event: Event) -> None:
        """Pass the event on when there is a token for it, or drop it."""
        key = ALL if self.key is None else self.key.select(event)
        wait = self._limiter.wait(key, clock.monotonic())
        if wait > 0:
            if self.excess == "drop":
                self.submit(event, self._dropped)
                return
            self._wait(key, wait)
        self._limiter.take(key, clock.monotonic())
        self.submit(event, self._outbox)

    def _wait(self, key: Key, seconds: float) -> None:
        """Wait for a token, also while the module stops: the rate protects the modules after it."""
        while seconds > 0:
            gevent.sleep(seconds)
            seconds = self._limiter.wait(key, clock.monotonic())
