"""Logging: a module's logger, which puts each log message as an event into the module's `logs` queue."""

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


MAX_MESSAGE_LENGTH = 2_000
"""Characters of a log message. Of a longer one, the middle is left out: it is often a payload."""

KEPT_END = 500
"""Characters that are kept of the end, where the place of an error is."""


def shorten(message: str) -> str:
    """Return a message of at most `MAX_MESSAGE_LENGTH` characters. Hide secrets first: this may cut one."""
    if len(message) <= MAX_MESSAGE_LENGTH:
        return message
    mark = f"… ({len(message)} characters) …"
    return f"{message[: MAX_MESSAGE_LENGTH - KEPT_END - len(mark)]}{mark}{message[-KEPT_END:]}"


class Logging:
    """One method per syslog severity (RFC 5424, section 6.2.1).

    Before the `logs` queue is connected, it keeps messages up to its size. Messages for a full queue are
    dropped and counted: logging never blocks a module.
    """

    def __init__(self, name: str, queue: Queue) -> None:
        """Create the logger of a module.

        Args:
            name: The module's name.
            queue: Its `logs` queue.
        """
        self.name = name
        self.queue = queue
        self.hide: Callable[[str], str] = str

    def hide_secrets(self, hide: Callable[[str], str]) -> None:
        """Remove secrets from all messages, also from those that are in the queue already.

        Args:
            hide: Takes a text, and returns it without its secrets.
        """
        self.hide = hide
        for event in self.queue.items:
            if isinstance(event.data, Log):
                event.data = replace(event.data, message=hide(event.data.message))

    def emergency(self, message: str, event: Event | None = None) -> None:
        """Severity 0: the system is unusable. `event` is the event that the message is about."""
        self._log(0, message, event)

    def alert(self, message: str, event: Event | None = None) -> None:
        """Severity 1: a person must act at once."""
        self._log(1, message, event)

    def critical(self, message: str, event: Event | None = None) -> None:
        """Severity 2: the module lost something that it needs."""
        self._log(2, message, event)

    def error(self, message: str, event: Event | None = None) -> None:
        """Severity 3: something failed."""
        self._log(3, message, event)

    def warning(self, message: str, event: Event | None = None) -> None:
        """Severity 4: something will fail unless a person acts."""
        self._log(4, message, event)

    def notice(self, message: str, event: Event | None = None) -> None:
        """Severity 5: normal, but significant."""
        self._log(5, message, event)

    def info(self, message: str, event: Event | None = None) -> None:
        """Severity 6: normal."""
        self._log(6, message, event)

    def debug(self, message: str, event: Event | None = None) -> None:
        """Severity 7: for finding bugs."""
        self._log(7, message, event)

    def _log(self, level: int, message: str, event: Event | None) -> None:
        uuid = None if event is None else shorten(event.uuid)
        text = self.hide(message)
        if len(text) > MAX_MESSAGE_LENGTH:
            text = self.hide(shorten(text))
        log = Log(clock.time(), level, getpid(), self.name, text, uuid)
        if self.queue.closed:
            self.queue.dropped_total += 1
            return
        try:
            self.queue.put(Event(log), block=False)
        except QueueFull:
            self.queue.dropped_total += 1
