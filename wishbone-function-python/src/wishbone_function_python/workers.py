"""Workers: native threads for functions that block."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gevent import Timeout
from gevent.threadpool import ThreadPool

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Workers"]

IDLE_SECONDS = 60
"""Seconds after which an idle thread ends."""

CLOSE_SECONDS = 1.0
"""Seconds to wait for idle threads when the module stops."""


class Workers:
    """A pool of native threads that start on demand."""

    def __init__(self, threads: int) -> None:
        """Create the pool without any thread.

        Args:
            threads: Maximum number of threads.
        """
        self._pool = ThreadPool(threads, idle_task_timeout=IDLE_SECONDS)

    def call(self, function: Callable[[Any], Any], argument: Any) -> Any:
        """Call a function in a thread, wait for it, and return its result or raise its error."""
        outcome = self._pool.spawn(_guarded, function, argument).get()
        assert outcome is not None
        result, error = outcome
        if error is not None:
            raise error
        return result

    def close(self) -> None:
        """End the threads. If one still runs a function, leave it: nothing can interrupt it."""
        if not len(self._pool):
            with Timeout(CLOSE_SECONDS, False):  # type: ignore[arg-type]  # False: the timeout is silent
                self._pool.kill()


def _guarded(function: Callable[[Any], Any], argument: Any) -> tuple[Any, BaseException | None]:
    """Return an error instead of raising it, because gevent would also print it."""
    try:
        return function(argument), None
    except BaseException as error:  # noqa: BLE001 - the caller raises it
        return None, error
