"""TimeSlice: how long pipelines may keep the hub busy before it looks at timers and sockets."""

from __future__ import annotations

from time import monotonic  # of the machine: a time_slice is never part of what a test's clock moves

import gevent
from gevent import getcurrent
from gevent.hub import get_hub

SECONDS = 0.005
"""How long a turn is. Whoever finds it over lets all others work, and the hub look at the world."""

_SHORTEST = 1e-9
"""A sleep of 0 only changes the greenlet: many busy ones would keep the hub from its timers and sockets."""


class TimeSlice:
    """The time since the hub last looked at the world, as far as pipelines know."""

    __slots__ = ("_began",)

    def __init__(self) -> None:
        self._began = 0.0

    def yield_if_expired(self) -> bool:
        """Let others work if the turn is over; return whether it was."""
        if monotonic() - self._began < SECONDS:
            return False
        if getcurrent() is not get_hub():
            gevent.sleep(_SHORTEST)
            self._began = monotonic()
        return True


time_slice = TimeSlice()
"""The turn of this process: shared, because all its modules together keep the hub busy."""
