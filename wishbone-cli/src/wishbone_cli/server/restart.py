"""Restarts: how long to wait before a process that died is started again, and when to give up."""

from __future__ import annotations

FIRST_PAUSE = 0.25
"""Seconds before the first restart; each further one of a burst waits twice as long."""

MOST = 5
"""Restarts of a burst; a process that dies after so many is given up."""

BURST_SECONDS = 60.0
"""Seconds that a process must have run for its next death to begin a new burst."""


class Restarts:
    """The restarts of one process."""

    def __init__(self) -> None:
        """Begin without any."""
        self.total = 0
        self._in_burst = 0

    def pause(self, lived: float) -> float | None:
        """Return how long to wait before the next restart.

        Args:
            lived: Seconds that the process ran.

        Returns:
            Seconds; None if it died too often.
        """
        if lived >= BURST_SECONDS:
            self._in_burst = 0
        if self._in_burst == MOST:
            return None
        self._in_burst += 1
        self.total += 1
        return float(FIRST_PAUSE * 2 ** (self._in_burst - 1))
