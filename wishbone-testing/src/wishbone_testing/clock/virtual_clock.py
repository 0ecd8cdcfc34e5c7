"""VirtualClock: time under a test's control."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import UTC, datetime
from math import ulp
from typing import TYPE_CHECKING, Self

from gevent.hub import get_hub

import wishbone.clock
from wishbone.error import WishboneError
from wishbone_testing.clock.in_flight import InFlight
from wishbone_testing.clock.loop import VirtualLoop
from wishbone_testing.clock.timeline import Timeline
from wishbone_testing.clock.timer import SECOND, nanoseconds
from wishbone_testing.waiting import POLL_SECONDS, real_sleep, wait_for_idle_loop

if TYPE_CHECKING:
    from collections.abc import Iterator

START = datetime(2000, 1, 1, tzinfo=UTC)
"""The default time at which a virtual clock starts."""

LAG = 1e-9
"""Seconds that `monotonic` adds per move; more where floats are too coarse for that."""


class VirtualClock:
    """Controls the time of all modules, and every wait of gevent, while its context lasts.

        with VirtualClock() as clock, Harness(Batch, {"timeout": 60}) as batch:
            batch.feed("a")
            clock.advance(59)
            assert batch.received() == []
            clock.advance(1)
            assert batch.receive().data == ["a"]

    Time stops while the test runs, and moves when the test calls `advance`. While the test itself waits
    (`gevent.sleep`, `router.stop`, `Greenlet.join`), time passes by itself: it jumps from timer to timer, or
    follows real time as long as something waits for a socket, a process or a thread. It does not pass in
    `receive`, `wait_until` and the other methods of this package that wait for something to happen.

    The clock controls `wishbone.clock`, `gevent.sleep`, gevent's timeouts, and what gevent has patched
    (`time.sleep`), in the thread that enters it. It does not change `time.time`. Waits from before the
    context keep using real time; waits that outlive the context finish in real time.
    """

    def __init__(self, start: datetime | float = START) -> None:
        """Create a clock that is not active yet.

        Args:
            start: The time at the beginning: a datetime with a time zone, or seconds since 1970 (UTC).
        """
        self._start = nanoseconds(start.timestamp() if isinstance(start, datetime) else start)
        self._timeline = Timeline(get_hub().loop)
        self._in_flight = InFlight()
        self._autojump = self._timeline.autojump
        self._origin: float | None = None
        self._saved = (wishbone.clock.monotonic, wishbone.clock.time)

    def __enter__(self) -> Self:
        """Take control of time.

        Raises:
            WishboneError: Another virtual clock is active, or this one was used before.
        """
        hub = get_hub()
        if isinstance(hub.loop, VirtualLoop) or self._origin is not None:
            message = (
                "A virtual clock is active already, or this one was used before: use the active clock, or"
                " create a new one."
            )
            raise WishboneError(message)
        self._saved = (wishbone.clock.monotonic, wishbone.clock.time)
        self._origin = self._saved[0]()
        self._timeline.begin()
        hub.loop = VirtualLoop(self, self._timeline, self._in_flight)
        wishbone.clock.monotonic, wishbone.clock.time = self.monotonic, self.time
        return self

    def __exit__(self, *_: object) -> None:
        """Return to real time."""
        get_hub().loop = self._timeline.loop
        wishbone.clock.monotonic, wishbone.clock.time = self._saved
        self._timeline.end()

    @property
    def active(self) -> bool:
        """Whether its context lasts."""
        return self._timeline.running

    @property
    def elapsed(self) -> float:
        """Seconds since the context began, exactly."""
        self._autojump.catch_up()
        return self._timeline.now / SECOND

    def time(self) -> float:
        """Return seconds since 1970 (UTC)."""
        self._autojump.catch_up()
        return (self._start + self._timeline.now) / SECOND

    def monotonic(self) -> float:
        """Return seconds since an arbitrary moment.

        As with a real clock, a sleep of a second takes slightly longer: about a nanosecond per move of the
        clock. Without that, rounding errors would sometimes make it slightly shorter.
        """
        self._autojump.catch_up()
        exact = (self._origin or 0.0) + self._timeline.now / SECOND
        return exact + self._timeline.moves * max(LAG, 4 * ulp(exact))

    @property
    def next_due(self) -> float | None:
        """Seconds until the next timer is due, or None if there is none."""
        self._autojump.catch_up()
        timer = self._timeline.next_timer()
        return None if timer is None else self._timeline.until(timer) / SECOND

    @property
    def waits_for_io(self) -> bool:
        """Whether something waits for a socket, a thread or a process, and not only for time."""
        return self._autojump.waits_for_io

    def advance(self, seconds: float) -> None:
        """Move time forward.

        Timers fire in order, each at its own time, including those due at the last moment. Before the next
        one fires, everything that the last one woke runs until it waits, and I/O that is in flight arrives:
        bytes between sockets of this process, work of threads, and what a peer in another thread or process
        answers within half a second of real time. Wait for the effect of anything slower before you go on.

        Raises:
            ValueError: `seconds` is negative or not finite.
        """
        if not 0 <= seconds < float("inf"):
            message = f"Cannot move time by {seconds} seconds: give a finite number, not below 0."
            raise ValueError(message)
        with self.paused():
            self.settle()
            end = self._timeline.now + nanoseconds(seconds)
            while (timer := self._timeline.next_timer()) is not None and timer.due <= end:
                self._timeline.fire(timer)
                self.settle()
            self._timeline.move_to(end)

    def settle(self) -> None:
        """Let all greenlets run until they wait, and I/O that is in flight arrive, without moving time."""
        loop = self._timeline.loop
        with self.paused():
            while True:
                wait_for_idle_loop(loop)
                iteration = loop.iteration
                if self._in_flight.expected():
                    real_sleep(POLL_SECONDS)
                    continue
                wait_for_idle_loop(loop)
                # What arrived since the look at what is in flight would have cost another iteration.
                if loop.iteration - iteration <= 1:
                    return

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Hold time while the context lasts, even if the test waits."""
        with self._autojump.paused():
            yield
