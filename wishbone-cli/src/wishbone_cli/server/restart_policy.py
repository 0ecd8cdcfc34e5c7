"""RestartPolicy: the delay before a process that died is restarted, and when to give up."""

from __future__ import annotations

INITIAL_DELAY = 0.25
"""Seconds before the first restart of a burst; the delay doubles with each further one."""

MAX_RESTARTS = 5
"""Restarts in a burst. A process that dies after these is given up."""

BURST_RESET_SECONDS = 60.0
"""Seconds that a process must have run for its next death to begin a new burst."""


class RestartPolicy:
    """Counts the restarts of one process."""

    def __init__(self) -> None:
        """Start without restarts."""
        self.total = 0
        self._in_burst = 0

    def delay(self, lifetime: float) -> float | None:
        """Return the seconds to wait before the next restart; None if the process died too often.

        Args:
            lifetime: Seconds that the process ran.
        """
        if lifetime >= BURST_RESET_SECONDS:
            self._in_burst = 0
        if self._in_burst == MAX_RESTARTS:
            return None
        self._in_burst += 1
        self.total += 1
        return float(INITIAL_DELAY * 2 ** (self._in_burst - 1))
