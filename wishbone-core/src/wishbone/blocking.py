"""BlockingWatch: notices modules that hold the hub for long without yielding, so that nothing else runs."""

from __future__ import annotations

import sys
from time import monotonic  # of the machine: no test's clock says how long the hub was held
from typing import TYPE_CHECKING, Any, NamedTuple

from gevent.hub import get_hub
from gevent.monkey import get_original

from wishbone.background import Background
from wishbone.consumer import Consumer

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import FrameType

    from wishbone.actor import Actor

MAX_BLOCKING = 0.1
"""Seconds that a module may hold the hub before it is worth a word."""

BEAT = MAX_BLOCKING / 4
"""Seconds between two signs of life of the hub, and between two looks for them."""

SAY_AGAIN = 60.0
"""Seconds before the same module is complained about again."""


class Holder(NamedTuple):
    """Who held the hub, and where."""

    actor: Actor
    function: str
    file: str
    line: int


class BlockingWatch:
    """Watches the hub of the thread that starts it, from a native thread.

    A timer of the hub notes that it turns. When it stopped turning for too long, the thread looks which
    module's greenlet runs, and where; the timer logs that once the hub turns again. gevent's own monitor
    would trace every switch of every greenlet for this, and print what it finds.
    """

    def __init__(self, modules: Mapping[str, Actor]) -> None:
        """Watch nobody yet.

        Args:
            modules: Those that are to be told of.
        """
        self._modules = modules
        self._timer: Any = None
        self._beaten = 0.0
        self._holder: Holder | None = None
        self._said: dict[Actor, float] = {}
        self._stop_lock: Any = None

    def start(self) -> None:
        """Watch, until `stop`."""
        hub = get_hub()
        self._beaten = monotonic()
        self._timer = hub.loop.timer(BEAT, BEAT, ref=False)
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

    def _watch(self, thread: int, stop_lock: Any) -> None:
        """Run in the native thread: look, and leave the logging to the hub's."""
        while not stop_lock.acquire(timeout=BEAT):
            if self._holder is None and monotonic() - self._beaten > MAX_BLOCKING:
                self._holder = self._find_holder(sys._current_frames().get(thread))  # noqa: SLF001 - the only way

    def _find_holder(self, innermost: FrameType | None) -> Holder | None:
        frame = innermost
        while frame is not None and innermost is not None:
            if frame.f_code in _RUN:
                greenlet = frame.f_locals["self"]
                if greenlet.actor not in self._modules.values():
                    return None
                function = getattr(greenlet.function, "__qualname__", repr(greenlet.function))
                return Holder(greenlet.actor, function, innermost.f_code.co_filename, innermost.f_lineno)
            frame = frame.f_back
        return None

    def _beat(self) -> None:
        now = monotonic()
        held, self._beaten = now - self._beaten, now
        holder, self._holder = self._holder, None
        if holder is not None and now - self._said.get(holder.actor, -SAY_AGAIN) >= SAY_AGAIN:
            self._said[holder.actor] = now
            holder.actor.logging.warning(
                f"It held everything up for {held:.2f} s without yielding, in {holder.function}"
                f" ({holder.file}, line {holder.line}): do such work in a thread (gevent's threadpool)"
                " or in a process of its own."
            )


_RUN = (Consumer._run.__code__, Background._run.__code__)  # noqa: SLF001 - where a module's greenlet begins
