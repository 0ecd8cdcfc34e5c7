"""Backoff: how long to wait before an operation that failed is tried again."""

from __future__ import annotations

import random
from typing import NamedTuple

_MOST_DOUBLINGS = 60


class Backoff(NamedTuple):
    """Delays that double with each failure in a row.

    Each delay is shortened at random by up to half, so that many clients that failed together do not all
    come back together.
    """

    first: float = 0.1
    """The delay after the first failure, in seconds."""

    longest: float = 30.0
    """The longest delay, in seconds."""

    def delay(self, failures: int) -> float:
        """Return the seconds to wait.

        Args:
            failures: The number of failures in a row, 1 or more.
        """
        seconds = self.first * 2.0 ** min(failures - 1, _MOST_DOUBLINGS)
        return min(seconds, self.longest) * random.uniform(0.5, 1)  # noqa: S311 - it protects no secret
