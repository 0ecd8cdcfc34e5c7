"""Schedule: when a file has become old enough to be rotated."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from math import floor, inf
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from wishbone.arguments import TimeZone

Period = Literal["hour", "day"]
"""What a person means by it, where the clocks are changed as well: at midnight, and at the full hour."""

HOUR = 3600


class Schedule:
    """Knows where one period ends and the next begins."""

    def __init__(self, every: Period | float | None, zone: TimeZone) -> None:
        """Note what is meant.

        Args:
            every: `hour`, `day`, or seconds, which are counted from 1970 on (UTC); None for never.
            zone: In which hours and days end.
        """
        self.every = every
        self.zone = zone

    def end(self, moment: float) -> float:
        """Return when the period ends that a moment is in; it is not in it itself.

        Args:
            moment: Seconds since 1970 (UTC).
        """
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
        """Count what is left of the hour: zones may stand at half hours, and hours may come twice."""
        local = datetime.fromtimestamp(moment, self.zone.load())
        passed = local.minute * 60 + local.second + local.microsecond / 1e6
        return round(moment + HOUR - passed)
