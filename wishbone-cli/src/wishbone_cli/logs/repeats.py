"""Repeats: lets a message that comes again and again through a few times, and counts the rest."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from msgspec.structs import replace

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wishbone.event import Log

BURST = 5
"""How often one message of one module is let through within a period."""

PERIOD = 10.0
"""Seconds that a period lasts; it begins with the first of its messages."""

MOST = 1_000
"""Different messages that are remembered; the oldest is forgotten for one more."""


@dataclass(slots=True)
class _Period:
    began: float
    last: Log
    count: int = 0


class Repeats:
    """Decides which logs are shown."""

    def __init__(self) -> None:
        """Begin without any memory."""
        self._periods: dict[tuple[str, int, str], _Period] = {}

    def pass_on(self, log: Log) -> Iterator[Log]:
        """Yield what is to be shown now that a log came: the log, unless it comes too often."""
        key = (log.module, log.level, log.message)
        period = self._periods.get(key)
        if period is not None and log.time - period.began >= PERIOD:
            yield from self._end(key)
            period = None
        if period is None:
            if len(self._periods) >= MOST:
                yield from self._end(next(iter(self._periods)))
            period = self._periods[key] = _Period(log.time, log)
        period.count += 1
        period.last = log
        if period.count <= BURST:
            yield log

    def expire(self, now: float) -> Iterator[Log]:
        """Yield what is to be said about periods that are over.

        Args:
            now: Seconds since the epoch.
        """
        over = [key for key, period in self._periods.items() if now - period.began >= PERIOD]
        for key in over:
            yield from self._end(key)

    def _end(self, key: tuple[str, int, str]) -> Iterator[Log]:
        period = self._periods.pop(key)
        left_out = period.count - BURST
        if left_out > 0:
            message = f"{period.last.message} (repeated: {left_out} more were left out)"
            yield replace(period.last, message=message, uuid=None)
