"""Passing: how time passes by itself while a test that has a virtual clock waits for something."""

from __future__ import annotations

from contextlib import contextmanager
from time import monotonic
from typing import TYPE_CHECKING, Any

from wishbone_testing.timer import SECOND, nanoseconds

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wishbone_testing.timeline import Timeline


class Passing:
    """Looks, each time the hub has nothing to do, whether to move the clock to the next timer.

    If nobody waits for anything but the time, the clock moves at once. While the loop has other things to
    wait for (sockets, processes, threads), it follows the machine's time: what a peer is given ten seconds
    for, it has ten seconds for. What was waited for before the clock ruled does not count: it may be a server
    that serves all tests, or what another test has left behind.
    """

    def __init__(self, line: Timeline) -> None:
        """Prepare it; `start` starts it."""
        self._line = line
        self._loop: Any = None
        self._idle: Any = None
        self._wall: Any = None
        self._since = 0.0
        self._planned = 0.0
        self._holds = 0
        self._others = 0

    def start(self) -> None:
        """Look, from now on."""
        self._loop = self._line.loop
        self._idle = self._loop.idle(priority=self._loop.MINPRI)
        self._others = self._loop.activecnt

    def stop(self) -> None:
        """Look no more."""
        self._leave_the_wall()
        self._holds += 1
        self._idle.close()

    def look_again(self) -> None:
        """Look once more when the hub has nothing to do: there may be something to wait for."""
        if not self._holds and not self._idle.active and self._line.next_timer() is not None:
            self._idle.start(self._look)

    @contextmanager
    def held(self) -> Iterator[None]:
        """Let no time pass while the context lasts."""
        self._leave_the_wall()
        self._idle.stop()
        self._holds += 1
        try:
            yield
        finally:
            self._holds -= 1
            self.look_again()

    @property
    def world_awaited(self) -> bool:
        """Whether the loop has other things to wait for than the time."""
        with self.held():
            # Neither the watcher for idleness nor the timer of the wall is among what keeps it running now.
            self._others = min(self._others, self._loop.activecnt)
            return bool(self._loop.activecnt > self._others)

    def catch_up(self) -> None:
        """Let what has passed on the wall have passed here, as far as no timer is due in it."""
        if self._wall is not None:
            now = monotonic()
            self._line.drift(nanoseconds(now - self._since))
            self._since = now

    def _look(self) -> None:
        self._idle.stop()
        self._leave_the_wall()
        timer = self._line.next_timer()
        if timer is None:
            return
        if not self.world_awaited:
            self._line.fire(timer)
            self.look_again()
            return
        self._since, self._planned = monotonic(), timer.due
        self._wall = self._loop.timer(max(0.0, self._line.until(timer)) / SECOND)
        self._wall.start(self._moment_has_come)

    def _moment_has_come(self) -> None:
        timer = self._line.next_timer()
        if timer is not None and timer.due <= self._planned:
            self._end_the_wall()
            self._line.fire(timer)
        self._leave_the_wall()
        self.look_again()

    def _leave_the_wall(self) -> None:
        self.catch_up()
        self._end_the_wall()

    def _end_the_wall(self) -> None:
        if self._wall is not None:
            self._wall.close()
            self._wall = None
