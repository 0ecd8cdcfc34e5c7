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
    return "" if due is None else f" (the clock stands still, and somebody waits for it to advance by {due:g} s)"
