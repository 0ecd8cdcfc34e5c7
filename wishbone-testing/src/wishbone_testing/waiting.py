"""Waiting for a condition, with a deadline in real time."""

from __future__ import annotations

from contextlib import nullcontext
from time import monotonic
from typing import TYPE_CHECKING, Any, TypeVar

from gevent.hub import get_hub

if TYPE_CHECKING:
    from collections.abc import Callable

    from wishbone_testing.clock import VirtualClock

T = TypeVar("T")

TIMEOUT = 10.0
"""Default seconds that a test waits for something that should happen at once."""

POLL_SECONDS = 0.001
"""Seconds between two looks at a condition."""


def wait_until(condition: Callable[[], T], message: str = "", timeout: float = TIMEOUT) -> T:
    """Wait until a condition is true, letting all modules work meanwhile.

    Args:
        condition: Called repeatedly until it returns something true.
        message: What the test waits for, for the error.
        timeout: Seconds to wait. They are real seconds, even under a virtual clock, which stops meanwhile.

    Returns:
        What the condition returned.

    Raises:
        AssertionError: The condition did not become true in time.
    """
    deadline = monotonic() + timeout
    while True:
        result = condition()
        if result:
            return result
        if monotonic() > deadline:
            message = f"Waited {timeout:g} s in vain{': ' if message else ''}{message}{_next_due()}"
            raise AssertionError(message)
        real_sleep(POLL_SECONDS)


def take(
    received: list[T], count: int, source: str, timeout: float, details: Callable[[], str] = str
) -> list[T]:
    """Wait until a list has so many items, and remove them from its front.

    Args:
        received: The list, which something else fills.
        count: The number of items.
        source: Where they come from, for the error.
        timeout: Seconds to wait.
        details: Returns what else the error should say.

    Raises:
        AssertionError: There were not enough items in time.
    """
    try:
        wait_until(lambda: len(received) >= count, f"{count} events from {source}", timeout)
    except AssertionError as error:
        message = f"{error}; received {len(received)}{details()}"
        raise AssertionError(message) from None
    taken = received[:count]
    del received[:count]
    return taken


def real_sleep(seconds: float) -> None:
    """Let others work for some real time, even under a virtual clock."""
    clock, hub = _active_clock(), get_hub()
    real: Any = getattr(hub.loop, "real", hub.loop)
    with nullcontext() if clock is None else clock.paused(), real.timer(seconds) as timer:
        hub.wait(timer)


def settle() -> None:
    """Let all greenlets run until they wait for time or for I/O."""
    clock = _active_clock()
    if clock is not None:
        clock.settle()
    else:
        wait_for_idle_loop(get_hub().loop)


def wait_for_idle_loop(loop: Any) -> None:
    """Wait until gevent's real loop finds nothing to do."""
    with loop.idle(priority=loop.MINPRI) as watcher:
        get_hub().wait(watcher)


def _next_due() -> str:
    clock = _active_clock()
    due = None if clock is None else clock.next_due
    return "" if due is None else f" (the virtual clock is stopped; the next timer is due in {due:g} s)"


def _active_clock() -> VirtualClock | None:
    clock: VirtualClock | None = getattr(get_hub().loop, "clock", None)
    return clock if clock is not None and clock.active else None
