"""Pause: how long to wait before something that failed is tried again."""

from __future__ import annotations

import random

FIRST = 0.1
"""Seconds of the first pause; they double with each failure."""

LONGEST = 30.0
"""Seconds that a pause grows to."""


class Pause:
    """Grows with each failure, and is a little random: many that failed together come back one by one."""

    def __init__(self) -> None:
        """Begin with the shortest."""
        self._next = FIRST

    def grow(self) -> float:
        """Return the seconds to wait this time; the next time it is about twice as long."""
        seconds = self._next * random.uniform(0.5, 1)  # noqa: S311 - it keeps no secret
        self._next = min(self._next * 2, LONGEST)
        return seconds

    def reset(self) -> None:
        """Begin anew: what failed has worked."""
        self._next = FIRST
