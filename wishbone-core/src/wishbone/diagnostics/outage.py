"""Outage: what an output logs while the world refuses its events for a while."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wishbone import clock

if TYPE_CHECKING:
    from wishbone.logging import Logging

REPEAT_SECONDS = 60.0
"""Seconds between two messages about an outage."""


class Outage:
    """Logs an outage when it begins, once a minute while it lasts, and when it is over.

    For what is not the fault of an event: a full disk, a peer that is away. The module keeps the event and
    tries again, so that those before it wait.

    Args:
        logging: The logs of the module.
        retry_for: How many seconds an event waits for the end of an outage; None for no limit.
    """

    def __init__(self, logging: Logging, retry_for: float | None = None) -> None:
        self.retry_for = retry_for
        self._logging = logging
        self._last_logged: float | None = None
        self._announced = False

    def is_too_long(self, since: float) -> bool:
        """Return whether an event that has waited since a moment of the monotonic clock has waited enough."""
        return self.retry_for is not None and clock.monotonic() - since >= self.retry_for

    def refused(self, message: str) -> None:
        """Log that an attempt failed, unless an outage was logged less than a minute ago.

        Args:
            message: The cause, and the cure.
        """
        now = clock.monotonic()
        if self._last_logged is None or now - self._last_logged >= REPEAT_SECONDS:
            self._last_logged, self._announced = now, True
            self._logging.warning(message)

    def over(self, message: str) -> None:
        """Log that an attempt succeeded, if the outage was logged."""
        if self._announced:
            self._announced = False
            self._logging.notice(message)
