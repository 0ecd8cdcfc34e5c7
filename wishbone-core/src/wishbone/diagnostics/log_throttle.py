"""LogThrottle: limits how often a kind of message is logged."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wishbone import clock

if TYPE_CHECKING:
    from collections.abc import Callable

QUIET_SECONDS = 60.0
"""Seconds between two messages of the same kind."""


class LogThrottle:
    """Logs one kind of message at most once a minute, and counts all of them.

    For trouble that others can cause at will, such as invalid requests of clients.

    Args:
        log: Logs a message, such as `self.logging.warning`.

    Attributes:
        total: How often it happened.
    """

    def __init__(self, log: Callable[[str], None]) -> None:
        self.total = 0
        self._log = log
        self._suppressed = 0
        self._last_logged: float | None = None

    def log(self, message: str, count: int = 1) -> None:
        """Count a message, and log it unless one was logged in the last `QUIET_SECONDS`.

        Args:
            message: What happened.
            count: How often it happened.
        """
        self.total += count
        now = clock.monotonic()
        if self._last_logged is not None and now - self._last_logged < QUIET_SECONDS:
            self._suppressed += count
            return
        more = f" ({self._suppressed} more like it were not logged.)" if self._suppressed else ""
        self._last_logged, self._suppressed = now, 0
        self._log(message + more)
