"""StallMonitor: notices modules that hold the hub for long without yielding, so that nothing else runs."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from time import monotonic  # of the machine: no test's clock says how long the hub was held
from typing import TYPE_CHECKING, Any, NamedTuple

from gevent.hub import get_hub
from gevent.monkey import get_original

from wishbone._engine.background import Background
from wishbone._engine.consumer import Consumer

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import FrameType

    from wishbone.actor import Actor

MAX_BLOCKING = 0.1
"""Seconds that a module may hold the hub before it is worth a word."""

HEARTBEAT = MAX_BLOCKING / 4
"""Seconds between two signs of life of the hub, and between two looks for them."""

SCHEDULING = "/proc/thread-self/schedstat"
"""Where Linux says how long the thread ran and waited for a processor, in nanoseconds (proc(5))."""

QUIET_SECONDS = 60.0
"""Seconds before the same module is complained about again."""


class Culprit(NamedTuple):
    """Who held the hub, and where."""

    actor: Actor
    function: str
    file: str
    line: int


class StallMonitor:
    """Watches the hub of the thread that starts it, from a native thread.

    A timer of the hub notes that it turns. When it stopped turning for too long, the thread looks which
    module's greenlet runs, and where; the timer logs that once the hub turns again. gevent's own monitor
    would trace every switch of every greenlet for this, and print what it finds. What a busy machine keeps
    the thread from running is no module's doing, and is taken off.
    """

    def __init__(self, modules: Mapping[str, Actor]) -> None:
        """Watch nobody yet.

        Args:
            modules: Those that are to be told of.
        """
        self._modules = modules
        self._timer: Any = None
        self._last_beat = 0.0
        self._starved = 0.0
        self._scheduling: int | None = None
        self._holder: Culprit | None = None
        self._last_logged: dict[Actor, float] = {}
        self._stop_lock: Any = None

    def start(self) -> None:
        """Watch, until `stop`."""
        hub = get_hub()
        with suppress(OSError):  # there is no such file but on Linux
            self._scheduling = os.open(SCHEDULING, os.O_RDONLY | os.O_CLOEXEC)
        self._starved = self._read_starved()
        self._last_beat = monotonic()
        self._timer = hub.loop.timer(HEARTBEAT, HEARTBEAT, ref=False)
        self._timer.start(self._beat)
        self._stop_lock = get_original("_thread", "allocate_lock")()
        self._stop_lock.acquire()
        get_original("_thread", "start_new_thread")(self._watch, (hub.thread_ident, self._stop_lock))

    def stop(self) -> None:
        """Watch no more."""
        if self._timer is not None:
            self._timer.close()
            self._timer = None
            self._stop_lock.release()
        if self._scheduling is not None:
            os.close(self._scheduling)
            self._scheduling = None

    def _watch(self, thread: int, stop_lock: Any) -> None:
        """Run in the native thread: look, and leave the logging to the hub's."""
        while not stop_lock.acquire(timeout=HEARTBEAT):
            if self._holder is None and monotonic() - self._last_beat > MAX_BLOCKING:
                self._holder = self._find_holder(sys._current_frames().get(thread))  # noqa: SLF001 - the only way

    def _find_holder(self, innermost: FrameType | None) -> Culprit | None:
        frame = innermost
        while frame is not None and innermost is not None:
            if frame.f_code in _RUN:
                greenlet = frame.f_locals["self"]
                if greenlet.process.actor not in self._modules.values():
                    return None
                function = getattr(greenlet.function, "__qualname__", repr(greenlet.function))
                return Culprit(
                    greenlet.process.actor, function, innermost.f_code.co_filename, innermost.f_lineno
                )
            frame = frame.f_back
        return None

    def _beat(self) -> None:
        now = monotonic()
        starved = self._read_starved()
        held = now - self._last_beat - (starved - self._starved)
        self._last_beat, self._starved = now, starved
        holder, self._holder = self._holder, None
        if holder is None or held <= MAX_BLOCKING:
            return
        if now - self._last_logged.get(holder.actor, -QUIET_SECONDS) >= QUIET_SECONDS:
            self._last_logged[holder.actor] = now
            holder.actor.logging.warning(
                f"It held everything up for {held:.2f} s without yielding, in {holder.function}"
                f" ({holder.file}, line {holder.line}): do such work in a thread (gevent's threadpool)"
                " or in a process of its own."
            )

    def _read_starved(self) -> float:
        """Return how many seconds the hub's thread ever waited for a processor, where the system tells."""
        return 0.0 if self._scheduling is None else int(os.pread(self._scheduling, 64, 0).split()[1]) / 1e9


_RUN = (Consumer._run.__code__, Background._run.__code__)  # noqa: SLF001 - where a module's greenlet begins
