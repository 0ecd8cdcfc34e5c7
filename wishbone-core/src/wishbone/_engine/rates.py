"""Rates: how fast totals grow, per second."""

from __future__ import annotations

from wishbone import clock

MIN_INTERVAL = 1.0
"""Shortest interval to compute rates over, in seconds: over less, they would fluctuate."""


class Rates:
    """Turns totals that only grow into rates.

    Args:
        count: The number of totals; each is 0 at first.
    """

    __slots__ = ("_at", "_rates", "_totals")

    def __init__(self, count: int) -> None:
        self._at = clock.monotonic()
        self._totals = self._rates = (0.0,) * count

    def of(self, *totals: float) -> tuple[float, ...]:
        """Return the growth of each total per second, renewed once an interval has passed."""
        seconds = clock.monotonic() - self._at
        if seconds >= MIN_INTERVAL:
            pairs = zip(totals, self._totals, strict=True)
            self._rates = tuple((total - before) / seconds for total, before in pairs)
            self._at += seconds
            self._totals = totals
        return self._rates
