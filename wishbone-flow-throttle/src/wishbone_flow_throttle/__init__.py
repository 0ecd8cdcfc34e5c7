"""Lets no more events through than a rate and a burst allow."""

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
"""The key of every event, where none is given."""


class Throttle(FlowModule, optional_outputs={"dropped"}):
    """Lets no more events through than a rate and a burst allow: a token bucket, or one for each key.

    What is too much waits, and everything behind it, back to the input; or it goes to `dropped`. Events
    stay in order. Where there is a key and what is too much waits, events of other keys wait behind it.

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

    In any stretch of time no more come out than `burst`, and `rate` for each `per` seconds of it. While the
    pipeline is being stopped, what waits goes on at that rate until the deadline. An event fails when it has
    not the key.

    Args:
        rate: How many events come through in `per` seconds, in the long run.
        per: The seconds that `rate` is about: 60 for events per minute.
        burst: How many events come through at once after a quiet time. Timers are exact to about a
            millisecond: for many hundred events a second give a burst of some events.
        excess: What becomes of an event that is too much: it may `wait`, or is dropped (`drop`).
        key: What tells events apart that have a rate of their own: a place in the event, such as
            `data.user`, or a template.
        max_keys: How many keys are remembered, each in about 250 bytes. The one that was quiet longest is
            forgotten first, and begins with a full burst when it comes again.

    Queues:
        inbox: The events to hold back.
        outbox: Those that come through.
        dropped: Those that were too much, where they may not wait.
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
        """Take events from `inbox`."""
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
        """Let the event through when there is a token for it, or drop it."""
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
        """Wait until there is a token: also while the module is being stopped, for whoever is behind it."""
        while seconds > 0:
            gevent.sleep(seconds)
            seconds = self._limiter.wait(key, clock.monotonic())
