"""Limiter: a token bucket for each key."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wishbone.arguments import Key


NEARLY = 1e-6
"""The part of a token that may be missing: elapsed seconds are not exact to the last digit."""


class Limiter:
    """A token bucket for each key: it holds `burst` tokens, and gets `rate` new ones each second.

    Of more than `max_keys` keys, that is forgotten which took its last token longest ago: it begins with a
    full bucket when it comes again.
    """

    def __init__(self, rate: float, burst: int, max_keys: int) -> None:
        """Begin with full buckets.

        Args:
            rate: Tokens per second.
            burst: Tokens that a bucket holds.
            max_keys: How many buckets are kept.
        """
        self._rate = rate
        self._burst = burst
        self._max_keys = max_keys
        self._buckets: OrderedDict[Key, tuple[float, float]] = OrderedDict()

    def wait(self, key: Key, now: float) -> float:
        """Return the seconds until the bucket of a key has a token, 0 if it has one.

        Args:
            key: Whose bucket.
            now: The time by the monotonic clock.
        """
        missing = 1 - self._tokens(key, now)
        return missing / self._rate if missing > NEARLY else 0.0

    def take(self, key: Key, now: float) -> None:
        """Take a token out of the bucket of a key, which has one.

        Args:
            key: Whose bucket.
            now: The time by the monotonic clock.
        """
        self._buckets[key] = (self._tokens(key, now) - 1, now)
        self._buckets.move_to_end(key)
        if len(self._buckets) > self._max_keys:
            self._buckets.popitem(last=False)

    def _tokens(self, key: Key, now: float) -> float:
        if key not in self._buckets:
            return self._burst
        tokens, moment = self._buckets[key]
        return min(self._burst, tokens + (now - moment) * self._rate)
