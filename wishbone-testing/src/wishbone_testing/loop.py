"""VirtualLoop: stands before gevent's loop and hands out virtual timers, and everything else as it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wishbone_testing.timer import VirtualTimer, nanoseconds

if TYPE_CHECKING:
    from wishbone_testing.clock import VirtualClock
    from wishbone_testing.timeline import Timeline

SHORTEST = 1e-9
"""Seconds of a timer that is no wait, but a yield until the hub has looked at its sockets."""


class VirtualLoop:
    """Takes the place of the hub's loop while a virtual clock rules.

    Sockets, signals, threads and callbacks are those of the real loop. So are timers that only yield, and
    those that do not keep the loop running (`ref=False`): they look after the machine, not after events.
    """

    def __init__(self, clock: VirtualClock, line: Timeline) -> None:
        """Stand before a loop.

        Args:
            clock: What rules, for whoever asks the loop.
            line: What its timers obey.
        """
        self.clock = clock
        self.real = line.loop
        self._line = line
        # What the engine calls for each run of events must not become slower.
        self.run_callback = line.loop.run_callback

    @property
    def error_handler(self) -> Any:
        """Who is told of what callbacks raise: the hub."""
        return self.real.error_handler

    @error_handler.setter
    def error_handler(self, handler: Any) -> None:
        self.real.error_handler = handler

    def timer(self, after: float, repeat: float = 0.0, ref: bool = True, priority: int | None = None) -> Any:
        """Return a timer.

        Args:
            after: Seconds until it is due.
            repeat: Seconds until it is due again, and again; 0 for once.
            ref: Whether it keeps the loop running.
            priority: Of two that are due at the same moment the one with the higher is first.
        """
        # What is shorter than a yield is what rounding left of a wait: it ends when the clock has moved.
        yields = not repeat and (after <= 0 or after == SHORTEST)
        if not self._line.rules or not ref or yields:
            return self.real.timer(after, repeat, ref, priority)
        return VirtualTimer(self._line, nanoseconds(after), nanoseconds(repeat), priority or 0)

    def __getattr__(self, name: str) -> Any:
        """Return what the real loop has."""
        return getattr(self.real, name)
