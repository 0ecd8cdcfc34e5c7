"""VirtualTimer: what a virtual clock hands out in the place of a timer of gevent's loop."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from collections.abc import Callable

    from wishbone_testing.timeline import Timeline

SECOND = 1_000_000_000
"""Nanoseconds, of which time is counted in whole ones: sums of floats come out a little less or more."""


def nanoseconds(seconds: float) -> float:
    """Return a number of seconds in whole nanoseconds; infinite where no integer is.

    Raises:
        ValueError: It is no number.
    """
    if math.isnan(seconds):
        message = "Nobody can wait for a number of seconds that is none (NaN)."
        raise ValueError(message)
    return round(seconds * SECOND) if math.isfinite(seconds) else seconds


class VirtualTimer:
    """Calls a function when its clock says that it is time: has the methods of a timer of gevent's loop."""

    def __init__(self, line: Timeline, after: float, repeat: float, priority: int) -> None:
        """Wait to be started.

        Args:
            line: Says when it is time.
            after: Nanoseconds until it is due.
            repeat: Nanoseconds until it is due again, and again; 0 for once.
            priority: Of two that are due at the same moment the one with the higher is first.
        """
        self.line = line
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
        """Do nothing: `gevent.sleep` closes its timer with the context."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close it."""
        self.close()

    @property
    def active(self) -> bool:
        """Whether it has been started, and is neither over nor stopped."""
        return bool(self._real.active) if self._real is not None else self in self.line.timers

    @property
    def order(self) -> tuple[float, int, int]:
        """What says which of two timers is first: when it is due, its priority, who was started first."""
        return self.due, -self.priority, self.number

    def start(self, callback: Callable[..., object], *args: Any, update: bool | None = None) -> None:
        """Call a function when it is time.

        Args:
            callback: The function; called in the hub, it must not wait.
            *args: Its arguments.
            update: What gevent's own timers know, without a meaning here.
        """
        # gevent's own timers make the loop look at the time first; here it is always up to date.
        del update
        self.stop()
        self.callback, self.args = callback, args
        if self.line.rules:
            self.line.schedule(self, self.after)
        else:
            self._start_really(self.after)

    def again(self, callback: Callable[..., object], *args: Any, update: bool | None = None) -> None:
        """Call a function when it is time to repeat: as `start`, but the first time is a repetition."""
        self.start(callback, *args, update=update)
        self.stop()
        if self.repeat:
            self.line.schedule(self, self.repeat)

    def stop(self) -> None:
        """Call nothing any more."""
        self.line.timers.discard(self)
        self.pending = False
        if self._real is not None:
            self._real.stop()

    def close(self) -> None:
        """Stop it."""
        self.stop()
        if self._real is not None:
            self._real.close()

    def fire(self) -> None:
        """Call the function, unless it was stopped since it became due."""
        if not self.pending or self.callback is None:
            return
        self.pending = False
        self.callback(*self.args)

    def become_real(self, now: float) -> None:
        """Go on by the machine's time, because the clock rules no more.

        Args:
            now: The clock's last nanosecond.
        """
        if math.isfinite(self.due):
            self._start_really(max(self.due - now, 0))

    def _start_really(self, after: float) -> None:
        self._real = self.line.loop.timer(after / SECOND, self.repeat / SECOND, priority=self.priority)
        self._real.start(self.callback, *self.args)
