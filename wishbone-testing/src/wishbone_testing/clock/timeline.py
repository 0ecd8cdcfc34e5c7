"""Timeline: the current time of a virtual clock, and its timers."""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING, Any

from wishbone_testing.clock.autojump import AutoJump

if TYPE_CHECKING:
    from wishbone_testing.clock.timer import VirtualTimer


class Timeline:
    """The timers of a virtual clock, and its time in nanoseconds since it started.

    Times are integers: a float would lose nanoseconds after a hundred days.
    """

    def __init__(self, loop: Any) -> None:
        """Start at 0, on top of gevent's real loop."""
        self.loop = loop
        self.running = False
        self.now: float = 0
        self.moves = 0
        self.timers: set[VirtualTimer] = set()
        self.autojump = AutoJump(self)
        self._started = 0

    def begin(self) -> None:
        """Take over the timers of the loop."""
        self.autojump.start()
        self.running = True

    def end(self) -> None:
        """Let pending timers go on in real time."""
        self.autojump.stop()
        self.running = False
        waiting = sorted(self.timers, key=lambda timer: timer.order)
        self.timers.clear()
        for timer in waiting:
            timer.become_real(self.now)

    def schedule(self, timer: VirtualTimer, after: float) -> None:
        """Start a timer that is due after a number of nanoseconds."""
        self.autojump.catch_up()
        self._started += 1
        timer.due, timer.number = self.now + after, self._started
        self.timers.add(timer)
        self.autojump.schedule()

    def next_timer(self) -> VirtualTimer | None:
        """Return the timer that is due first, if any ever is."""
        timer = min(self.timers, key=lambda timer: timer.order, default=None)
        return timer if timer is not None and isfinite(timer.due) else None

    def until(self, timer: VirtualTimer) -> float:
        """Return the nanoseconds until a timer is due."""
        return max(timer.due - self.now, 0)

    def drift(self, nanoseconds: float) -> None:
        """Let time pass, but not beyond the next timer."""
        timer = self.next_timer()
        self.now += nanoseconds if timer is None else min(nanoseconds, self.until(timer))

    def move_to(self, moment: float) -> None:
        """Move to a later moment."""
        self.now = max(self.now, moment)
        self.moves += 1

    def fire(self, timer: VirtualTimer) -> None:
        """Move to the moment when a timer is due, and have the loop call its function."""
        self.timers.discard(timer)
        self.move_to(timer.due)
        timer.pending = True
        self.loop.run_callback(timer.fire)
        if timer.repeat:
            self.schedule(timer, timer.repeat)
