"""Rates: how fast totals grow."""

from __future__ import annotations

from wishbone import clock

RENEWED_SECONDS = 1.0
"""Seconds that rates are taken over, at least: over less they would jump."""


class Rates:
    """Turns totals that only grow into figures per second."""

    __slots__ = ("_at", "_rates", "_totals")

    def __init__(self, count: int) -> None:
        """Begin at zero.

        Args:
            count: How many totals there are.
        """
        self._at = clock.monotonic()
        self._totals = self._rates = (0.0,) * count

    def of(self, *totals: float) -> tuple[float, ...]:
        """Return the growth of each total since it was last renewed, per second."""
        seconds = clock.monotonic() - self._at
        if seconds >= RENEWED_SECONDS:
            pairs = zip(totals, self._totals, strict=True)
            self._rates = tuple((total - before) / seconds for total, before in pairs)
            self._at += seconds
            self._totals = totals
        return self._rates
