"""VirtualClock: time under a test's control, so that what takes hours runs at once, and exactly."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import UTC, datetime
from math import ulp
from time import monotonic
from typing import TYPE_CHECKING, Self

from gevent.hub import get_hub

import wishbone.clock
from wishbone.error import WishboneError
from wishbone_testing.loop import VirtualLoop
from wishbone_testing.timeline import Timeline
from wishbone_testing.timer import SECOND, nanoseconds
from wishbone_testing.waiting import sleep_really, wait_until_idle

if TYPE_CHECKING:
    from collections.abc import Iterator

START = datetime(2000, 1, 1, tzinfo=UTC)
"""What time it is when a virtual clock begins, unless it is told otherwise."""

THREAD_SECONDS = 0.2
"""Seconds of the machine that a thread is given to finish its work. Some never do: they wait for input."""


LAG = 1e-9
"""Seconds that `monotonic` is late for each move, and more where floats are too coarse for that."""


class VirtualClock:
    """Rules the time of all modules, and every wait of gevent, while its context lasts.

        with VirtualClock() as clock, Harness(Batch, {"timeout": 60}) as batch:
            batch.feed("a")
            clock.advance(59)
            assert batch.received() == []
            clock.advance(1)
            assert batch.receive().data == ["a"]

    Time stands still while the test runs, and moves when it calls `advance`. While the test itself waits (in
    `gevent.sleep`, in `router.stop`, for a greenlet), time passes: from one timer to the next, as soon as
    nobody has anything else to do; or as fast as on the wall, while somebody waits for a socket, a process or
    a thread. `receive`, `wait_until` and the other methods of this package that wait for something to happen
    let no time pass.

    It rules `wishbone.clock`, `gevent.sleep`, timeouts of gevent, and what gevent has patched to be these
    (`time.sleep`), in the thread that enters it. What reads `time.time` itself is not ruled. What waited
    before the context began goes on by the machine's time; what waits when it ends waits for its rest.
    """

    def __init__(self, start: datetime | float = START) -> None:
        """Make a clock, that rules nothing yet.

        Args:
            start: What `time()` says at the beginning: a time with its zone, or seconds since 1970 (UTC).
        """
        self._start = nanoseconds(start.timestamp() if isinstance(start, datetime) else start)
        self._line = Timeline(get_hub().loop)
        self._passing = self._line.passing
        self._origin: float | None = None
        self._saved = (wishbone.clock.monotonic, wishbone.clock.time)
        self._lost_threads = 0

    def __enter__(self) -> Self:
        """Begin to rule.

        Raises:
            WishboneError: Another clock rules, or this one did: a clock rules once.
        """
        hub = get_hub()
        if isinstance(hub.loop, VirtualLoop) or self._origin is not None:
            message = (
                "A virtual clock rules already, or this one did: use the one that does, or make another."
            )
            raise WishboneError(message)
        self._saved = (wishbone.clock.monotonic, wishbone.clock.time)
        self._origin = self._saved[0]()
        self._line.begin()
        hub.loop = VirtualLoop(self, self._line)
        wishbone.clock.monotonic, wishbone.clock.time = self.monotonic, self.time
        return self

    def __exit__(self, *_: object) -> None:
        """Let the machine's time rule again, also for what waits now."""
        get_hub().loop = self._line.loop
        wishbone.clock.monotonic, wishbone.clock.time = self._saved
        self._line.end()

    @property
    def rules(self) -> bool:
        """Whether its context lasts."""
        return self._line.rules

    @property
    def elapsed(self) -> float:
        """Seconds since the context began, exactly."""
        self._passing.catch_up()
        return self._line.now / SECOND

    def time(self) -> float:
        """Return seconds since 1970 (UTC): the beginning, and what has passed since."""
        self._passing.catch_up()
        return (self._start + self._line.now) / SECOND

    def monotonic(self) -> float:
        """Return seconds since some moment before the beginning.

        As with a real clock, whoever has slept for a second finds that a little more has passed: about a
        nanosecond for each move of the clock. Without it the errors of floating point would now and then make
        it a little less.
        """
        self._passing.catch_up()
        exact = (self._origin or 0.0) + self._line.now / SECOND
        return exact + self._line.moves * max(LAG, 4 * ulp(exact))

    @property
    def next_due(self) -> float | None:
        """Seconds until the next timer is due, or None where nobody waits for the time."""
        self._passing.catch_up()
        timer = self._line.next_timer()
        return None if timer is None else self._line.until(timer) / SECOND

    @property
    def world_awaited(self) -> bool:
        """Whether somebody waits for a socket, a thread or a process, and not only for the time."""
        return self._passing.world_awaited

    def advance(self, seconds: float) -> None:
        """Move time forward.

        Timers become due in their order, each at its own moment, and all that it wakes runs until it has
        nothing to do before the next. Those due at the last moment are included. What talks to another
        process or machine may need longer than that: wait for its effect before the next step.

        Args:
            seconds: How far.

        Raises:
            ValueError: Time cannot go back, nor forward without an end.
        """
        if not 0 <= seconds < float("inf"):
            message = f"Time can be moved forward by a number of seconds, and not by {seconds}."
            raise ValueError(message)
        with self.still():
            self.settle()
            end = self._line.now + nanoseconds(seconds)
            while (timer := self._line.next_timer()) is not None and timer.due <= end:
                self._line.fire(timer)
                self.settle()
            self._line.move_to(end)

    def settle(self) -> None:
        """Let everybody run until nobody has anything to do but wait; no time passes."""
        deadline = monotonic() + THREAD_SECONDS
        with self.still():
            while True:
                wait_until_idle(self._line.loop)
                at_work = _threads_at_work()
                if at_work <= self._lost_threads or monotonic() > deadline:
                    break
                sleep_really(0.0005)
        self._lost_threads = at_work

    @contextmanager
    def still(self) -> Iterator[None]:
        """Let no time pass while the context lasts, although the test waits."""
        with self._passing.held():
            yield


def _threads_at_work() -> int:
    """Return how many tasks the hub's thread pool has not finished: name look-ups, files."""
    # The property of that name would make one.
    pool = getattr(get_hub(), "_threadpool", None)
    return 0 if pool is None else len(pool)
