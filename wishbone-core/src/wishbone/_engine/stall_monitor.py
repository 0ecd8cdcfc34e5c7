"""StallMonitor: logs which module ran for long without yielding, so that no other greenlet could run."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from time import monotonic  # the machine's clock: a test's clock must not hide a stall
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
"""Longest time that a module may run without yielding before it is logged, in seconds."""

HEARTBEAT = MAX_BLOCKING / 4
"""Seconds between two heartbeats of the hub, and between two checks of them."""

SCHEDSTAT = "/proc/thread-self/schedstat"
"""The file in which Linux reports how long a thread ran and waited for a CPU, in nanoseconds (proc(5))."""

QUIET_SECONDS = 60.0
"""Seconds between two warnings about the same module."""


class Culprit(NamedTuple):
    """The module that held the hub, with its function and the line that ran."""

    actor: Actor
    function: str
    file: str
    line: int


class StallMonitor:
    """Watches the hub of the thread that starts it, from a native thread.

    A timer of the hub is its heartbeat. When the heartbeat is late, the thread finds out which module's
    greenlet runs, and where. The timer logs that once the hub runs again. The time for which the machine
    gave the hub's thread no CPU is subtracted: it is not the module's fault. (gevent's own monitor would
    trace every switch of every greenlet, and print what it finds.)

    Args:
        modules: The modules to watch, by name. Modules added later are watched, too.
    """

    def __init__(self, modules: Mapping[str, Actor]) -> None:
        self._modules = modules
        self._timer: Any = None
        self._last_beat = 0.0
        self._cpu_wait = 0.0
        self._schedstat: int | None = None
        self._culprit: Culprit | None = None
        self._last_logged: dict[Actor, float] = {}
        self._stop_lock: Any = None

    def start(self) -> None:
        """Watch until `stop` is called."""
        hub = get_hub()
        with suppress(OSError):  # only Linux has this file
            self._schedstat = os.open(SCHEDSTAT, os.O_RDONLY | os.O_CLOEXEC)
        self._cpu_wait = self._read_cpu_wait()
        self._last_beat = monotonic()
        self._timer = hub.loop.timer(HEARTBEAT, HEARTBEAT, ref=False)
        self._timer.start(self._beat)
        self._stop_lock = get_original("_thread", "allocate_lock")()
        self._stop_lock.acquire()
        get_original("_thread", "start_new_thread")(self._watch, (hub.thread_ident, self._stop_lock))

    def stop(self) -> None:
        """Stop watching. It does nothing if the monitor does not run."""
        if self._timer is not None:
            self._timer.close()
            self._timer = None
            self._stop_lock.release()
        if self._schedstat is not None:
            os.close(self._schedstat)
            self._schedstat = None

    def _watch(self, thread: int, stop_lock: Any) -> None:
        """Run in the native thread: find the culprit, and leave it to the hub's thread to log it."""
        while not stop_lock.acquire(timeout=HEARTBEAT):
            if self._culprit is None and monotonic() - self._last_beat > MAX_BLOCKING:
                self._culprit = self._find_culprit(sys._current_frames().get(thread))  # noqa: SLF001 - the only way

    def _find_culprit(self, innermost: FrameType | None) -> Culprit | None:
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
        cpu_wait = self._read_cpu_wait()
        held = now - self._last_beat - (cpu_wait - self._cpu_wait)
        self._last_beat, self._cpu_wait = now, cpu_wait
        culprit, self._culprit = self._culprit, None
        if culprit is None or held <= MAX_BLOCKING:
            return
        if now - self._last_logged.get(culprit.actor, -QUIET_SECONDS) >= QUIET_SECONDS:
            self._last_logged[culprit.actor] = now
            culprit.actor.logging.warning(
                f"The module blocked all others for {held:.2f} s without yielding, in {culprit.function}"
                f" ({culprit.file}, line {culprit.line}): do such work in a thread (gevent's threadpool)"
                " or in another process."
            )

    def _read_cpu_wait(self) -> float:
        """Return the seconds for which the hub's thread has waited for a CPU so far; 0 where unknown."""
        return 0.0 if self._schedstat is None else int(os.pread(self._schedstat, 64, 0).split()[1]) / 1e9


_RUN = (Consumer._run.__code__, Background._run.__code__)  # noqa: SLF001 - a module's greenlets begin there
