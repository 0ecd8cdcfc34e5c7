"""Limiter: a token bucket for each key."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wishbone.arguments import Key


TOLERANCE = 1e-6
"""The part of a token that may be missing, because elapsed seconds are not exact to the last digit."""


class Limiter:
    """A token bucket for each key: it holds `burst` tokens, and gets `rate` new ones each second.

    At `max_keys` keys, the key that took its last token longest ago is forgotten. It starts with a full
    bucket the next time.
    """

    def __init__(self, rate: float, burst: int, max_keys: int) -> None:
        """Start with full buckets.

        Args:
            rate: Tokens per second.
            burst: Tokens that a bucket holds.
            max_keys: Maximum number of buckets.
        """
        self._rate = rate
        self._burst = burst
        self._max_keys = max_keys
        self._buckets: OrderedDict[Key, tuple[float, float]] = OrderedDict()

    def wait(self, key: Key, now: float) -> float:
        """Return the seconds until the bucket of a key has a token; 0 if it has one.

        Args:
            key: The key.
            now: The time of the monotonic clock.
        """
        missing = 1 - self._tokens(key, now)
        return missing / self._rate if missing > TOLERANCE else 0.0

    def take(self, key: Key, now: float) -> None:
        """Take a token from the bucket of a key. Call it only when `wait` returned 0.

        Args:
            key: The key.
            now: The time of the monotonic clock.
        """
        self._buckets[key] = (self._tokens(key, now) - 1, now)
        self._buckets.move_to_end(key)
        if len(self._buckets) > self._max_keys:
            self._buckets.popitem(last=False)

    def _tokens(self, key: Key, now: float) -> float:
        if key not in self._buckets:
            return self._burst
        tokens, taken_at = self._buckets[key]
        return min(self._burst, tokens + (now - taken_at) * self._rate)
