"""Deduplicator: lets a repeated log message through a few times, and counts the rest."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from msgspec.structs import replace

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wishbone.event import Log

BURST = 5
"""How often a message of a module is shown within a period."""

PERIOD = 10.0
"""Seconds of a period, which begins with the first of equal messages."""

MAX_MESSAGES = 1_000
"""Different messages that are remembered; beyond that, the oldest is forgotten."""


@dataclass(slots=True)
class _Period:
    began: float
    last: Log
    count: int = 0


class Deduplicator:
    """Decides which logs are shown."""

    def __init__(self) -> None:
        """Start without messages."""
        self._periods: dict[tuple[str, int, str], _Period] = {}

    def filter(self, log: Log) -> Iterator[Log]:
        """Yield the logs to show after a new one: summaries of periods that are over, and the log itself."""
        key = (log.module, log.level, log.message)
        period = self._periods.get(key)
        if period is not None and log.time - period.began >= PERIOD:
            yield from self._end(key)
            period = None
        if period is None:
            if len(self._periods) >= MAX_MESSAGES:
                yield from self._end(next(iter(self._periods)))
            period = self._periods[key] = _Period(log.time, log)
        period.count += 1
        period.last = log
        if period.count <= BURST:
            yield log

    def expire(self, now: float) -> Iterator[Log]:
        """Yield the summaries of periods that are over at a time, in seconds since the epoch."""
        over = [key for key, period in self._periods.items() if now - period.began >= PERIOD]
        for key in over:
            yield from self._end(key)

    def _end(self, key: tuple[str, int, str]) -> Iterator[Log]:
        period = self._periods.pop(key)
        hidden = period.count - BURST
        if hidden > 0:
            message = f"{period.last.message} (repeated {hidden} more times)"
            yield replace(period.last, message=message, uuid=None)
