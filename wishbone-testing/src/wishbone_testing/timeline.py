"""Timeline: what time it is by a virtual clock, and who waits for which moment."""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING, Any

from wishbone_testing.passing import Passing

if TYPE_CHECKING:
    from wishbone_testing.timer import VirtualTimer


class Timeline:
    """The timers of a virtual clock, and how far it has come.

    Moments are nanoseconds since the clock began, and integers: floating point would lose some after a
    hundred days.
    """

    def __init__(self, loop: Any) -> None:
        """Begin at 0.

        Args:
            loop: gevent's real loop.
        """
        self.loop = loop
        self.rules = False
        self.now: float = 0
        self.moves = 0
        self.timers: set[VirtualTimer] = set()
        self.passing = Passing(self)
        self._started = 0

    def begin(self) -> None:
        """Rule from now on."""
        self.passing.start()
        self.rules = True

    def end(self) -> None:
        """Rule no more: what still waits goes on by the machine's time."""
        self.passing.stop()
        self.rules = False
        waiting = sorted(self.timers, key=lambda timer: timer.order)
        self.timers.clear()
        for timer in waiting:
            timer.become_real(self.now)

    def schedule(self, timer: VirtualTimer, after: float) -> None:
        """Start a timer.

        Args:
            timer: The timer.
            after: Nanoseconds until it is due.
        """
        self.passing.catch_up()
        self._started += 1
        timer.due, timer.number = self.now + after, self._started
        self.timers.add(timer)
        self.passing.look_again()

    def next_timer(self) -> VirtualTimer | None:
        """Return the timer that is due first, if one ever is."""
        timer = min(self.timers, key=lambda timer: timer.order, default=None)
        return timer if timer is not None and isfinite(timer.due) else None

    def until(self, timer: VirtualTimer) -> float:
        """Return in how many nanoseconds a timer is due."""
        return max(timer.due - self.now, 0)

    def drift(self, nanoseconds: float) -> None:
        """Let time pass, but not beyond the moment when the next timer is due."""
        timer = self.next_timer()
        self.now += nanoseconds if timer is None else min(nanoseconds, self.until(timer))

    def move_to(self, moment: float) -> None:
        """Let it be a later moment."""
        self.now = max(self.now, moment)
        self.moves += 1

    def fire(self, timer: VirtualTimer) -> None:
        """Let it be the moment when a timer is due, and have its function called."""
        self.timers.discard(timer)
        self.move_to(timer.due)
        timer.pending = True
        self.loop.run_callback(timer.fire)
        if timer.repeat:
            self.schedule(timer, timer.repeat)
