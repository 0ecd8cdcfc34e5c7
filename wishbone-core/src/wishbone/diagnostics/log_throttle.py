"""LogThrottle: says what goes wrong again and again, but not each time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wishbone import clock

if TYPE_CHECKING:
    from collections.abc import Callable

QUIET_SECONDS = 60.0
"""Seconds before the same trouble is worth another word."""


class LogThrottle:
    """A kind of trouble that others can cause at will: all of it is counted, and some of it is said."""

    def __init__(self, log: Callable[[str], None]) -> None:
        """Begin to count.

        Args:
            log: Says it.
        """
        self.total = 0
        self._log = log
        self._suppressed = 0
        self._last_logged: float | None = None

    def log(self, message: str, count: int = 1) -> None:
        """Count it, and say it if that was not done lately.

        Args:
            message: What happened.
            count: How often.
        """
        self.total += count
        now = clock.monotonic()
        if self._last_logged is not None and now - self._last_logged < QUIET_SECONDS:
            self._suppressed += count
            return
        more = f" ({self._suppressed} more like it were not logged.)" if self._suppressed else ""
        self._last_logged, self._suppressed = now, 0
        self._log(message + more)
