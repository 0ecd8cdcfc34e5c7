"""Waiting for the thing itself, with a deadline."""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING, TypeVar

import gevent

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")

PATIENCE = 10.0
"""Seconds that a test waits for what ought to happen at once: reached only when it does not."""


def wait_until(condition: Callable[[], T], message: str = "", timeout: float = PATIENCE) -> T:
    """Wait until a condition holds, letting all modules work meanwhile.

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
            complaint = f"Waited {timeout:g} s in vain{': ' if message else ''}{message}"
            raise AssertionError(complaint)
        gevent.sleep(0.001)
