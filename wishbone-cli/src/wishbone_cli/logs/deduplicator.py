"""Deduplicator: lets a repeated log message through a few times, and counts the rest."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from msgspec.structs import replace

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wishbone.event import Log

BURST = 5
"""How often a kind of message of a module is shown within a period."""

PERIOD = 10.0
"""Seconds of a period, which begins with the first message of a kind."""

MAX_KINDS = 100
"""Kinds of messages of a module and level that are distinguished in a period; the others count as one."""

MAX_PERIODS = 1_000
"""Periods that are remembered; beyond that, the oldest ends."""

OTHERS = "other messages"

_PLACE = re.compile(r" \([^()]*, line \d+\)\Z")
"""The end of a message about an error that was raised somewhere: the text before it may be any payload."""

_VARIABLE = re.compile(r"'[^']*'|\"[^\"]*\"|\b[^\W\d]*\d\w*")
"""The parts of a message that differ each time: quoted texts, numbers, words with digits."""

_Kind = tuple[str, int, str]


@dataclass(slots=True)
class _Period:
    began: float
    last: Log
    count: int = 0
    same: bool = True


class Deduplicator:
    """Decides which logs are shown. Messages that differ in values only are of one kind."""

    def __init__(self) -> None:
        """Start without messages."""
        self._periods: dict[_Kind, _Period] = {}
        self._kinds: Counter[tuple[str, int]] = Counter()

    def filter(self, log: Log, now: float) -> Iterator[Log]:
        """Yield the logs to show after a new one: summaries of periods that are over, and the log itself.

        Args:
            log: The new one.
            now: Seconds of a clock that is never set.
        """
        kind = self._kind_of(log)
        period = self._periods.get(kind)
        if period is not None and now - period.began >= PERIOD:
            yield from self._end(kind)
            period = None
        if period is None:
            if len(self._periods) >= MAX_PERIODS:
                yield from self._end(next(iter(self._periods)))
            period = self._periods[kind] = _Period(now, log)
            self._kinds[kind[:2]] += 1
        period.count += 1
        period.same = period.same and period.last.message == log.message
        period.last = log
        if period.count <= BURST:
            yield log

    def expire(self, now: float) -> Iterator[Log]:
        """Yield the summaries of periods that are over, by the clock of `filter`."""
        over = [kind for kind, period in self._periods.items() if now - period.began >= PERIOD]
        for kind in over:
            yield from self._end(kind)

    def _kind_of(self, log: Log) -> _Kind:
        kind = (log.module, log.level, constant_part(log.message))
        if kind not in self._periods and self._kinds[kind[:2]] >= MAX_KINDS:
            return (log.module, log.level, OTHERS)
        return kind

    def _end(self, kind: _Kind) -> Iterator[Log]:
        period = self._periods.pop(kind)
        self._kinds[kind[:2]] -= 1
        if not self._kinds[kind[:2]]:
            del self._kinds[kind[:2]]
        hidden = period.count - BURST
        if hidden > 0:
            more = f"repeated {hidden} more times" if period.same else f"and {hidden} more like it"
            yield replace(period.last, message=f"{period.last.message} ({more})", uuid=None)


def constant_part(message: str) -> str:
    """Return a message without the values in it. Of an error, this is the beginning and the place."""
    place = _PLACE.search(message)
    beginning = message.partition(":")[0] if place else message
    return _VARIABLE.sub("0", beginning) + (place[0] if place else "")
