"""VirtualLoop: gevent's loop, with virtual timers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wishbone_testing.clock.timer import VirtualTimer, nanoseconds

if TYPE_CHECKING:
    from wishbone_testing.clock.in_flight import InFlight
    from wishbone_testing.clock.timeline import Timeline
    from wishbone_testing.clock.virtual_clock import VirtualClock

YIELD_SECONDS = 1e-9
"""The delay of a timer that does not wait, but lets the hub poll its sockets."""


class VirtualLoop:
    """Replaces the hub's loop while a virtual clock is active.

    Sockets, signals, threads and callbacks are those of the real loop. So are timers that only yield, and
    those that do not keep the loop running (`ref=False`): they watch the machine, not events.
    """

    def __init__(self, clock: VirtualClock, timeline: Timeline, in_flight: InFlight) -> None:
        """Wrap the real loop of a timeline."""
        self.clock = clock
        self.in_flight = in_flight
        self._timeline = timeline
        self.real = self._timeline.loop
        # The engine calls this for each run of events: it must not become slower.
        self.run_callback = self.real.run_callback

    @property
    def error_handler(self) -> Any:
        """What handles the errors of callbacks: the hub."""
        return self.real.error_handler

    @error_handler.setter
    def error_handler(self, handler: Any) -> None:
        self.real.error_handler = handler

    def timer(self, after: float, repeat: float = 0.0, ref: bool = True, priority: int | None = None) -> Any:
        """Return a timer, as gevent's loop does."""
        # A shorter delay than a yield is the rounding error of a wait: it ends when the clock has moved.
        yields = not repeat and (after <= 0 or after == YIELD_SECONDS)
        if not self._timeline.running or not ref or yields:
            return self.real.timer(after, repeat, ref, priority)
        return VirtualTimer(self._timeline, nanoseconds(after), nanoseconds(repeat), priority or 0)

    def io(self, *args: Any, **options: Any) -> Any:
        """Return a watcher for a file descriptor."""
        return self.in_flight.track_io(self.real.io(*args, **options))

    def async_(self, *args: Any, **options: Any) -> Any:
        """Return a watcher through which another thread wakes the loop."""
        return self.in_flight.track_thread(self.real.async_(*args, **options))

    def __getattr__(self, name: str) -> Any:
        """Return everything else from the real loop."""
        return getattr(self.real, name)
