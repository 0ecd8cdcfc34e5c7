"""VirtualTimer: replaces a timer of gevent's loop."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from collections.abc import Callable

    from wishbone_testing.clock.timeline import Timeline

SECOND = 1_000_000_000
"""Nanoseconds in a second. Times are whole nanoseconds: sums of floats would drift."""


def nanoseconds(seconds: float) -> float:
    """Return seconds as whole nanoseconds; infinity stays infinity.

    Raises:
        ValueError: The number is NaN.
    """
    if math.isnan(seconds):
        message = "Cannot wait for NaN seconds."
        raise ValueError(message)
    return round(seconds * SECOND) if math.isfinite(seconds) else seconds


class VirtualTimer:
    """Calls a function when its clock reaches a time. Has the methods of gevent's timers."""

    def __init__(self, timeline: Timeline, after: float, repeat: float, priority: int) -> None:
        """Create a timer that is not started.

        Args:
            timeline: The timeline it belongs to.
            after: Nanoseconds until it is due.
            repeat: Nanoseconds between repetitions; 0 for none.
            priority: Of two timers due at the same moment, the one with the higher priority fires first.
        """
        self.timeline = timeline
        self.after = after
        self.repeat = repeat
        self.priority = priority
        self.due: float = 0
        self.number = 0
        self.pending = False
        self.callback: Callable[..., object] | None = None
        self.args: tuple[Any, ...] = ()
        self._real: Any = None

    def __enter__(self) -> Self:
        """Return it: `gevent.sleep` uses timers as contexts."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close it."""
        self.close()

    @property
    def active(self) -> bool:
        """Whether it is started, and has neither fired nor been stopped."""
        return bool(self._real.active) if self._real is not None else self in self.timeline.timers

    @property
    def order(self) -> tuple[float, int, int]:
        """The sort key of timers: due first, then priority, then start order."""
        return self.due, -self.priority, self.number

    def start(self, callback: Callable[..., object], *args: Any, update: bool | None = None) -> None:
        """Call a function when the timer is due. It runs in the hub, so it must not block."""
        # gevent's timers may update the loop's idea of now; a virtual clock is always up to date.
        del update
        self.stop()
        self.callback, self.args = callback, args
        if self.timeline.running:
            self.timeline.schedule(self, self.after)
        else:
            self._start_real(self.after)

    def again(self, callback: Callable[..., object], *args: Any, update: bool | None = None) -> None:
        """Call a function after each `repeat`, also the first time."""
        self.start(callback, *args, update=update)
        self.stop()
        if self.repeat:
            self.timeline.schedule(self, self.repeat)

    def stop(self) -> None:
        """Cancel the call."""
        self.timeline.timers.discard(self)
        self.pending = False
        if self._real is not None:
            self._real.stop()

    def close(self) -> None:
        """Stop it for good."""
        self.stop()
        if self._real is not None:
            self._real.close()

    def fire(self) -> None:
        """Call the function, unless the timer was stopped after it became due."""
        if not self.pending or self.callback is None:
            return
        self.pending = False
        self.callback(*self.args)

    def become_real(self, now: float) -> None:
        """Wait for the rest in real time.

        Args:
            now: The last nanosecond of the clock.
        """
        if math.isfinite(self.due):
            self._start_real(max(self.due - now, 0))

    def _start_real(self, after: float) -> None:
        self._real = self.timeline.loop.timer(after / SECOND, self.repeat / SECOND, priority=self.priority)
        self._real.start(self.callback, *self.args)
