"""Schedule: the moments that a cron expression names."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo
from typing import TYPE_CHECKING

from cronsim import CronSim, CronSimError

from wishbone.error import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterator

NICKNAMES = {
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *",
}

START = datetime(2000, 1, 1, tzinfo=UTC)
"""A moment to look for the first tick from, to know whether there is one."""


class Schedule:
    """The moments that a cron expression names, as Debian's cron understands it."""

    def __init__(self, expression: str) -> None:
        """Read an expression.

        Args:
            expression: Five fields, six with seconds before the minutes, or a nickname such as `@hourly`.

        Raises:
            ConfigError: It is no such expression, or no moment ever fits it.
        """
        self.expression = NICKNAMES.get(expression.strip().lower(), expression)
        try:
            next(CronSim(self.expression, START))
        except CronSimError as error:
            message = (
                f"{expression!r} is no cron expression: {error}. Write 'minute hour day month weekday', with"
                f" the second before them if you need it, or one of {', '.join(NICKNAMES)}."
            )
            raise ConfigError(message) from None
        except StopIteration:
            message = f"No moment fits the cron expression {expression!r}: mend its day, month or weekday."
            raise ConfigError(message) from None

    def ticks(self, after: float, zone: tzinfo) -> Iterator[float]:
        """Return the moments after another one, in order, each once.

        Args:
            after: Seconds since 1970 (UTC).
            zone: The time zone that the expression is meant in.
        """
        last = after
        for moment in CronSim(self.expression, datetime.fromtimestamp(after, zone)):
            tick = moment.timestamp()
            # Of an hour that comes twice the library begins with the first, also within the second.
            if tick > last:
                last = tick
                yield tick
