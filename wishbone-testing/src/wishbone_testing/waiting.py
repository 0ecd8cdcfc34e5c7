"""Waiting for the thing itself, with a deadline."""

from __future__ import annotations

from contextlib import nullcontext
from time import monotonic
from typing import TYPE_CHECKING, Any, TypeVar

from gevent.hub import get_hub

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")

PATIENCE = 10.0
"""Seconds that a test waits for what ought to happen at once: reached only when it does not."""

LOOK_SECONDS = 0.001
"""Seconds between two looks."""


def wait_until(condition: Callable[[], T], message: str = "", timeout: float = PATIENCE) -> T:
    """Wait until a condition holds, letting all modules work meanwhile.

    These are seconds of the machine, also where a virtual clock rules, whose time stands still meanwhile.

    Args:
        condition: Called again and again until what it returns is true.
        message: What was waited for, in words.
        timeout: Seconds to wait.

    Returns:
        What the condition returned at last.

    Raises:
        AssertionError: It did not come to hold in time.
    """
    deadline = monotonic() + timeout
    while True:
        result = condition()
        if result:
            return result
        if monotonic() > deadline:
            complaint = f"Waited {timeout:g} s in vain{': ' if message else ''}{message}{_next_due()}"
            raise AssertionError(complaint)
        sleep_really(LOOK_SECONDS)


def sleep_really(seconds: float) -> None:
    """Let others work for some time of the machine, whatever clock rules."""
    hub = get_hub()
    clock = getattr(hub.loop, "clock", None)
    real: Any = getattr(hub.loop, "real", hub.loop)
    with nullcontext() if clock is None or not clock.rules else clock.still(), real.timer(seconds) as timer:
        hub.wait(timer)


def _next_due() -> str:
    """Say what a virtual clock has to be moved for, if one rules."""
    clock = getattr(get_hub().loop, "clock", None)
    due = None if clock is None else clock.next_due
    return (
        "" if due is None else f" (the clock stands still, and somebody waits for it to advance by {due:g} s)"
    )


def take(
    received: list[T], count: int, what: str, timeout: float, comment: Callable[[], str] = str
) -> list[T]:
    """Wait until there are so many in a list, and take them out at its front.

    Args:
        received: The list, that others fill.
        count: How many.
        what: Where they come from, in words.
        timeout: Seconds to wait.
        comment: Says what else is of interest, when they do not come.

    Raises:
        AssertionError: Not so many came in time.
    """
    try:
        wait_until(lambda: len(received) >= count, f"{count} events from {what}", timeout)
    except AssertionError as error:
        message = f"{error}; there came {len(received)}{comment()}"
        raise AssertionError(message) from None
    taken = received[:count]
    del received[:count]
    return taken


def let_all_run() -> None:
    """Let everybody run until nobody has anything to do but wait for time or for the world outside."""
    hub = get_hub()
    clock = getattr(hub.loop, "clock", None)
    if clock is not None and clock.rules:
        clock.settle()
        return
    wait_until_idle(hub.loop)


def wait_until_idle(loop: Any) -> None:
    """Wait until a loop of gevent has nothing to do.

    Args:
        loop: The real one.
    """
    with loop.idle(priority=loop.MINPRI) as watcher:
        get_hub().wait(watcher)
