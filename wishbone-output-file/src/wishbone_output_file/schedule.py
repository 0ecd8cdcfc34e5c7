"""Schedule: when a file is old enough to be rotated."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from math import floor, inf
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from wishbone.arguments import TimeZone

Period = Literal["hour", "day"]
"""Periods of the local clock: they end at the full hour and at midnight, also when the clock changes."""

HOUR = 3600


class Schedule:
    """Divides time into periods."""

    def __init__(self, every: Period | float | None, zone: TimeZone) -> None:
        """Set the periods.

        Args:
            every: `hour`, `day`, or a number of seconds, counted from 1970 (UTC); None for no end.
            zone: The time zone of hours and days.
        """
        self.every = every
        self.zone = zone

    def end(self, moment: float) -> float:
        """Return the end of the period that contains a moment, as seconds since 1970 (UTC)."""
        if self.every is None:
            return inf
        if self.every == "day":
            return self._midnight(moment)
        if self.every == "hour":
            return self._full_hour(moment)
        return (floor(moment / self.every) + 1) * self.every

    def _midnight(self, moment: float) -> float:
        zone = self.zone.load()
        day = datetime.fromtimestamp(moment, zone).date() + timedelta(days=1)
        return datetime.combine(day, time(), zone).timestamp()

    def _full_hour(self, moment: float) -> float:
        """Add the rest of the hour: zones may differ by half hours, and an hour may occur twice."""
        local = datetime.fromtimestamp(moment, self.zone.load())
        passed = local.minute * 60 + local.second + local.microsecond / 1e6
        return round(moment + HOUR - passed)
