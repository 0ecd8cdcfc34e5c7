"""Logging: what a module says goes, as events, to its `logs` queue."""

from __future__ import annotations

from os import getpid
from typing import TYPE_CHECKING

from msgspec.structs import replace

from wishbone import clock
from wishbone.error import QueueFull
from wishbone.event import Event, Log

if TYPE_CHECKING:
    from collections.abc import Callable

    from wishbone.queue import Queue


class Logging:
    """One method per syslog severity (RFC 5424, section 6.2.1).

    The queue keeps what is said before anybody listens, up to its size, and what comes when it is
    full is dropped and counted: logging never makes a module wait.
    """

    def __init__(self, name: str, queue: Queue) -> None:
        """Log in the name of a module.

        Args:
            name: The module's name.
            queue: Its `logs` queue.
        """
        self.name = name
        self.queue = queue
        self.hide: Callable[[str], str] = str

    def hide_secrets(self, hide: Callable[[str], str]) -> None:
        """Take secrets out of all that is said, and of what was said before.

        Args:
            hide: Returns a text without its secrets.
        """
        self.hide = hide
        for event in self.queue.items:
            if isinstance(event.data, Log):
                event.data = replace(event.data, message=hide(event.data.message))

    def emergency(self, message: str, event: Event | None = None) -> None:
        """Severity 0: the system is unusable. `event` is the one that it is about."""
        self._log(0, message, event)

    def alert(self, message: str, event: Event | None = None) -> None:
        """Severity 1: somebody must act at once."""
        self._log(1, message, event)

    def critical(self, message: str, event: Event | None = None) -> None:
        """Severity 2: something the module needs is gone."""
        self._log(2, message, event)

    def error(self, message: str, event: Event | None = None) -> None:
        """Severity 3: something failed."""
        self._log(3, message, event)

    def warning(self, message: str, event: Event | None = None) -> None:
        """Severity 4: something will fail, if nobody acts."""
        self._log(4, message, event)

    def notice(self, message: str, event: Event | None = None) -> None:
        """Severity 5: normal, but worth knowing."""
        self._log(5, message, event)

    def info(self, message: str, event: Event | None = None) -> None:
        """Severity 6: normal."""
        self._log(6, message, event)

    def debug(self, message: str, event: Event | None = None) -> None:
        """Severity 7: for whoever looks for a mistake."""
        self._log(7, message, event)

    def _log(self, level: int, message: str, event: Event | None) -> None:
        uuid = None if event is None else event.uuid
        log = Log(clock.time(), level, getpid(), self.name, self.hide(message), uuid)
        if self.queue.closed:
            self.queue.dropped_total += 1
            return
        try:
            self.queue.put(Event(log), block=False)
        except QueueFull:
            self.queue.dropped_total += 1
