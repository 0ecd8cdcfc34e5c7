"""TimeSlice: how long modules may run before gevent's hub polls timers and sockets."""

from __future__ import annotations

from time import monotonic  # the machine's clock: a test's clock must not move time slices

import gevent
from gevent import getcurrent
from gevent.hub import get_hub

SECONDS = 0.005
"""Length of a time slice."""

_SHORTEST = 1e-9
"""Shortest sleep, in seconds. A sleep of 0 would switch to another greenlet without a poll of the hub."""


class TimeSlice:
    """The time since the hub last polled timers and sockets, as far as modules know."""

    __slots__ = ("_began",)

    def __init__(self) -> None:
        self._began = 0.0

    def yield_if_expired(self) -> bool:
        """Let other greenlets run and the hub poll, if the time slice has expired; return whether it had."""
        if monotonic() - self._began < SECONDS:
            return False
        if getcurrent() is not get_hub():
            gevent.sleep(_SHORTEST)
            self._began = monotonic()
        return True


time_slice = TimeSlice()
"""The time slice of this operating-system process, shared because all modules together keep the hub busy."""
