"""Schedule: the times of a cron expression."""

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
"""Where to search for a first tick, to check that there is one."""


class Schedule:
    """The times of a cron expression, with the rules of Debian's cron."""

    def __init__(self, expression: str) -> None:
        """Parse an expression.

        Args:
            expression: Five fields, six with the second first, or a nickname such as `@hourly`.

        Raises:
            ConfigError: The expression is not valid, or no time ever matches it.
        """
        self.expression = NICKNAMES.get(expression.strip().lower(), expression)
        try:
            next(CronSim(self.expression, START))
        except CronSimError as error:
            message = (
                f"{expression!r} is not a valid cron expression: {error}. Write 'minute hour day month"
                f" weekday', with the second first if you need it, or one of {', '.join(NICKNAMES)}."
            )
            raise ConfigError(message) from None
        except StopIteration:
            message = f"No time matches the cron expression {expression!r}: change its day, month or weekday."
            raise ConfigError(message) from None

    def ticks(self, after: float, zone: tzinfo) -> Iterator[float]:
        """Return the times after a given one, in order, without repetitions.

        Args:
            after: Seconds since 1970 (UTC).
            zone: The time zone of the expression.
        """
        last = after
        for time in CronSim(self.expression, datetime.fromtimestamp(after, zone)):
            tick = time.timestamp()
            # In a repeated hour the library starts with the first pass, also if `after` is in the second.
            if tick > last:
                last = tick
                yield tick
