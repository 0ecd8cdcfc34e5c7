"""Waiting for what may never happen."""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING, TypeVar

import gevent

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

Left = TypeVar("Left", bound="Collection[object]")

STABLE_ROUNDS = 20
"""Rounds of the hub without a change after which a figure counts as final."""

HAND_SECONDS = 0.2
"""Seconds in which a module takes the events of its inbox, before a test kills it."""

STOP_SECONDS = 0.5
"""Seconds in which a module may stop while its peer is broken."""


def comes_true(condition: Callable[[], object], seconds: float) -> bool:
    """Wait until a condition is true, and return whether it became true."""
    deadline = monotonic() + seconds
    while not condition():
        if monotonic() > deadline:
            return False
        gevent.sleep(0.001)
    return True


def remains(look: Callable[[], Left], seconds: float) -> Left:
    """Wait until nothing is left, and return what is: a closed connection is noticed late."""
    deadline = monotonic() + seconds
    while (left := look()) and monotonic() < deadline:
        gevent.sleep(0.02)
    return left


def final(figure: Callable[[], int], limit: int, seconds: float) -> int:
    """Wait until a figure no longer changes, or exceeds a limit, and return it."""
    deadline = monotonic() + seconds
    rounds, last = 0, figure()
    while rounds < STABLE_ROUNDS and last <= limit and monotonic() < deadline:
        gevent.sleep(0.001)
        now = figure()
        rounds, last = (rounds + 1 if now == last else 0), now
    return last
