"""Makes an event at each moment that a cron expression names, in a time zone."""

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

LOOK_SECONDS = 60.0
"""Seconds after which it looks what time it is: the clock may be set, and the machine be suspended."""

CORRECTION_SECONDS = 3 * 3600.0
"""Seconds that the clock may be set back without a tick coming twice; what is more is taken to be right."""

MANY = 100
"""Missed ticks that are passed over in one go."""


class Cron(InputModule):
    """Makes an event at each moment that a cron expression names, in a time zone.

    The expression has five fields, `minute hour day month weekday`, or six with the second before them.
    Fields are numbers, names (`MON`, `JAN`), ranges (`9-17`), steps (`*/5`) and lists of these; `L` is a
    month's last day, `FRI#2` its second and `5L` its last Friday. Day and weekday must both fit if one
    of them begins with a star, and otherwise one of them, as in cron. In their place may stand
    `@hourly`, `@daily`, `@weekly`, `@monthly` or `@yearly`.

    When the clocks change, five fields do what Debian's cron does: what would be in the hour that is left out
    comes right after it, and what is in the hour that comes twice comes in the first, once; but if the
    minute or the hour begins with a star, time is counted as it passes.

        modules:
          cron:
            module: wishbone.input.cron
            arguments: {expression: "0 9 * * MON-FRI", timezone: Europe/Berlin, payload: Good morning!}
          stdout:
            module: wishbone.output.stdout
        routingtable:
          - cron.outbox -> stdout.inbox

    Ticks are missed while the module waits for the pipeline and while the machine is suspended; `missed` says
    what becomes of them. What the time was while no server ran is not known, and such ticks do not come.
    The clock is followed when it is set, within a minute: set back by up to three hours, no tick comes twice.

    In `tmp.<name of the module>` are `scheduled`, the moment that the event is for (ISO 8601), and
    `missed`, how many ticks it stands for beside its own.

    Args:
        expression: When to make events.
        timezone: The time zone that the expression is meant in, by its IANA name.
        payload: What each event carries: any value. Without one it is the scheduled moment (ISO 8601).
        jitter: Seconds that each event is late at most, by chance; less than what is between two ticks.
        missed: What becomes of ticks that were missed: `once` makes one event for all of them, for the last
            moment, `all` one for each, and `skip` none, if the last is more than a minute ago.

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
        """Bring events out by `outbox`."""
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
        """Make an event at each tick, until the module is to stop."""
        self._begin(clock.time())
        while self._wait():
            self._make()

    def _begin(self, after: float) -> None:
        """Look for ticks from a moment on."""
        self._latest = after
        self._ticks = self.schedule.ticks(after, self.timezone.load())
        self._tick = next(self._ticks, inf)

    def _wait(self) -> bool:
        """Wait until the next tick is due, and return whether the module is to go on."""
        delay = random.uniform(0, self.jitter)  # noqa: S311 - it keeps no secret
        while (remaining := self._tick + delay - self._now()) > 0:
            if not self.sleep(min(remaining, LOOK_SECONDS)):
                return False
        return self.loop()

    def _now(self) -> float:
        """Return what time it is, and begin anew if that is much earlier than it was."""
        now = clock.time()
        if now < self._latest - CORRECTION_SECONDS:
            self.logging.notice(f"The clock was set back to {self._text(now)}: ticks come from then on.")
            self._begin(now)
        self._latest = max(self._latest, now)
        return now

    def _make(self) -> None:
        """Make an event for the tick that is due, and for those that were missed."""
        late = clock.time() - self.jitter
        tick, self._tick = self._tick, next(self._ticks, inf)
        missed = 0
        while self._tick <= late and self.missed != "all":
            tick, self._tick = self._tick, next(self._ticks, inf)
            missed += 1
            if missed % MANY == 0:
                gevent.sleep(0)
        skip = self.missed == "skip" and late - tick > LOOK_SECONDS
        if missed or skip:
            self.logging.notice(f"{missed + skip} ticks were missed before {self._text(clock.time())}.")
        if not skip:
            self._submit(tick, missed)

    def _submit(self, tick: float, missed: int) -> None:
        scheduled = self._text(tick)
        event = Event(scheduled if self.payload is None else copy_value(self.payload))
        event.tmp[self.name] = {"scheduled": scheduled, "missed": missed}
        self.submit(event, "outbox")

    def _text(self, moment: float) -> str:
        return datetime.fromtimestamp(moment, self.timezone.load()).isoformat()
