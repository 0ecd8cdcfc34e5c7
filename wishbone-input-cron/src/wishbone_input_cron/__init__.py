"""Creates an event at each time of a cron expression, in a time zone."""

from __future__ import annotations

import random
from datetime import datetime
from math import inf
from typing import TYPE_CHECKING, Annotated, Any, Literal

import gevent
from msgspec import Meta

from wishbone import clock
from wishbone.arguments import TimeZone
from wishbone.copying import copy_value
from wishbone.event import Event
from wishbone.module import InputModule
from wishbone_input_cron.schedule import Schedule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wishbone.actor import ActorConfig

__all__ = ["Cron"]

CLOCK_CHECK_SECONDS = 60.0
"""Seconds between two checks of the clock, which can be set or stand still while the machine is suspended."""

MAX_CORRECTION_SECONDS = 3 * 3600.0
"""Seconds by which the clock can be set back without repeated ticks. If it is more, ticks can repeat."""

YIELD_EVERY = 100
"""Missed ticks that are counted before other greenlets run."""


class Cron(InputModule):
    """Creates an event at each time of a cron expression, in a time zone.

    The expression has five fields, `minute hour day month weekday`, or six with the second first. A field is
    a number, a name (`MON`, `JAN`), a range (`9-17`), a step (`*/5`), or a list of these. `L` is the last day
    of the month, `FRI#2` its second Friday and `5L` its last Friday. As in cron, day and weekday must both
    match if one of them starts with a star; otherwise one match is enough. `@hourly`, `@daily`, `@weekly`,
    `@monthly` and `@yearly` replace all fields.

    When daylight saving time starts or ends, expressions with five fields follow Debian's cron: ticks in the
    skipped hour come right after it, and ticks in the repeated hour come once, in its first pass. If the
    minute or the hour starts with a star, every hour counts.

        modules:
          cron:
            module: wishbone.input.cron
            arguments: {expression: "0 9 * * MON-FRI", timezone: Europe/Berlin, payload: Good morning!}
          stdout:
            module: wishbone.output.stdout
        routingtable:
          - cron.outbox -> stdout.inbox

    Ticks are missed while the pipeline is blocked and while the machine is suspended; `missed` decides what
    happens to them. Ticks that were due while the server was not running are not made up for. A change of the
    clock is noticed within a minute. If it is set back by up to three hours, no tick comes twice.

    `tmp.<module>.scheduled` is the time of the tick (ISO 8601), and `tmp.<module>.missed` the number of
    missed ticks that the event also covers.

    Args:
        expression: Five fields, six with the second first, or a nickname such as `@hourly`.
        timezone: The IANA name of the time zone of the expression.
        payload: The payload of each event: any value. The time of the tick (ISO 8601) by default.
        jitter: Maximum random delay of each event in seconds; less than the time between two ticks.
        missed: What happens to missed ticks: `once` creates one event for all of them, with the time of the
            last, `all` creates one for each, and `skip` none if the last is more than a minute old.

    Queues:
        outbox: The events.
    """

    def __init__(  # noqa: PLR0917 - a module has as many arguments as it has options
        self,
        config: ActorConfig,
        expression: str,
        timezone: TimeZone = TimeZone("UTC"),  # noqa: B008 - it never changes
        payload: Any = None,
        jitter: Annotated[float, Meta(ge=0)] = 0,
        missed: Literal["all", "once", "skip"] = "once",
    ) -> None:
        super().__init__(config)
        self.schedule = Schedule(expression)
        self.timezone = timezone
        self.payload = payload
        self.jitter = jitter
        self.missed = missed
        self.pool.createQueue("outbox")
        self._ticks: Iterator[float] = iter(())
        self._tick = inf
        self._latest = -inf

    def preHook(self) -> None:
        """Start to wait for ticks."""
        self.sendToBackground(self.produce)

    def produce(self) -> None:
        """Create an event at each tick, until the module must stop."""
        self._begin(clock.time())
        while self._wait():
            self._create()

    def _begin(self, after: float) -> None:
        """Start with the first tick after a time."""
        self._latest = after
        self._ticks = self.schedule.ticks(after, self.timezone.load())
        self._tick = next(self._ticks, inf)

    def _wait(self) -> bool:
        """Wait until the next tick is due, and return False if the module must stop."""
        delay = random.uniform(0, self.jitter)  # noqa: S311 - not for security
        while (remaining := self._tick + delay - self._now()) > 0:
            if not self.sleep(min(remaining, CLOCK_CHECK_SECONDS)):
                return False
        return self.loop()

    def _now(self) -> float:
        """Return the time, and start again from it if the clock was set back far."""
        now = clock.time()
        if now < self._latest - MAX_CORRECTION_SECONDS:
            self.logging.notice(f"The clock was set back to {self._text(now)}: ticks continue from there.")
            self._begin(now)
        self._latest = max(self._latest, now)
        return now

    def _create(self) -> None:
        """Create the event for the tick that is due, and count the missed ticks that it covers."""
        late = clock.time() - self.jitter
        tick, self._tick = self._tick, next(self._ticks, inf)
        missed = 0
        while self._tick <= late and self.missed != "all":
            tick, self._tick = self._tick, next(self._ticks, inf)
            missed += 1
            if missed % YIELD_EVERY == 0:
                gevent.sleep(0)
        skip = self.missed == "skip" and late - tick > CLOCK_CHECK_SECONDS
        if missed or skip:
            self.logging.notice(f"{missed + skip} ticks were missed before {self._text(clock.time())}.")
        if not skip:
            self._submit(tick, missed)

    def _submit(self, tick: float, missed: int) -> None:
        scheduled = self._text(tick)
        event = Event(scheduled if self.payload is None else copy_value(self.payload))
        event.tmp[self.name] = {"scheduled": scheduled, "missed": missed}
        self.submit(event, "outbox")

    def _text(self, time: float) -> str:
        return datetime.fromtimestamp(time, self.timezone.load()).isoformat()
