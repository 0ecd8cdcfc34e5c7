"""Patience: how long a conformance test waits for what may never come, and how it waits."""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING, TypeVar

import gevent

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

Left = TypeVar("Left", bound="Collection[object]")

STILL_ROUNDS = 20
"""Rounds of the hub without a change, after which nothing is taken to happen any more."""


def comes_true(condition: Callable[[], object], seconds: float) -> bool:
    """Wait until a condition holds, and return whether it came to."""
    deadline = monotonic() + seconds
    while not condition():
        if monotonic() > deadline:
            return False
        gevent.sleep(0.001)
    return True


def remains(look: Callable[[], Left], seconds: float) -> Left:
    """Look until nothing is left, and return what is at last: the end of a connection is noticed late."""
    deadline = monotonic() + seconds
    while (left := look()) and monotonic() < deadline:
        gevent.sleep(0.02)
    return left


def come_to_rest(figure: Callable[[], int], limit: int, seconds: float) -> int:
    """Wait until a figure stays as it is or exceeds a limit, and return it."""
    deadline = monotonic() + seconds
    rounds, last = 0, figure()
    while rounds < STILL_ROUNDS and last <= limit and monotonic() < deadline:
        gevent.sleep(0.001)
        now = figure()
        rounds, last = (rounds + 1 if now == last else 0), now
    return last
