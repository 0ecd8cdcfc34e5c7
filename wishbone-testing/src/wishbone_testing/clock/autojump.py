"""AutoJump: moves the clock while the test itself waits."""

from __future__ import annotations

from contextlib import contextmanager
from time import monotonic
from typing import TYPE_CHECKING, Any

from wishbone_testing.clock.timer import SECOND, nanoseconds

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wishbone_testing.clock.timeline import Timeline


class AutoJump:
    """Moves the clock to the next timer whenever the hub is idle.

    If everything waits for time only, the clock jumps. While the loop also waits for sockets, processes or
    threads, it follows real time: a peer that gets ten seconds has ten seconds. Waits from before the clock
    do not count: they may belong to a server of the whole test session, or be left over from another test.
    """

    def __init__(self, timeline: Timeline) -> None:
        """Move nothing before `start`."""
        self._timeline = timeline
        self._loop: Any = None
        self._idle: Any = None
        self._real_timer: Any = None
        self._since = 0.0
        self._planned = 0.0
        self._holds = 0
        self._earlier_waits = 0

    def start(self) -> None:
        """Begin."""
        self._loop = self._timeline.loop
        self._idle = self._loop.idle(priority=self._loop.MINPRI)
        self._earlier_waits = self._loop.activecnt

    def stop(self) -> None:
        """End."""
        self._leave_real_time()
        self._holds += 1
        self._idle.close()

    def schedule(self) -> None:
        """Look for the next timer once the hub is idle."""
        if not self._holds and not self._idle.active and self._timeline.next_timer() is not None:
            self._idle.start(self._jump)

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Hold the clock while the context lasts."""
        self._leave_real_time()
        self._idle.stop()
        self._holds += 1
        try:
            yield
        finally:
            self._holds -= 1
            self.schedule()

    @property
    def waits_for_io(self) -> bool:
        """Whether the loop waits for more than time."""
        # Without this object's own watchers among the active ones.
        with self.paused():
            self._earlier_waits = min(self._earlier_waits, self._loop.activecnt)
            return bool(self._loop.activecnt > self._earlier_waits)

    def catch_up(self) -> None:
        """Add the real time that has passed, up to the next timer."""
        if self._real_timer is not None:
            now = monotonic()
            self._timeline.drift(nanoseconds(now - self._since))
            self._since = now

    def _jump(self) -> None:
        self._idle.stop()
        self._leave_real_time()
        timer = self._timeline.next_timer()
        if timer is None:
            return
        if not self.waits_for_io:
            self._timeline.fire(timer)
            self.schedule()
            return
        self._since, self._planned = monotonic(), timer.due
        self._real_timer = self._loop.timer(max(0.0, self._timeline.until(timer)) / SECOND)
        self._real_timer.start(self._real_timer_fired)

    def _real_timer_fired(self) -> None:
        timer = self._timeline.next_timer()
        if timer is not None and timer.due <= self._planned:
            self._close_real_timer()
            self._timeline.fire(timer)
        self._leave_real_time()
        self.schedule()

    def _leave_real_time(self) -> None:
        self.catch_up()
        self._close_real_timer()

    def _close_real_timer(self) -> None:
        if self._real_timer is not None:
            self._real_timer.close()
            self._real_timer = None
