"""Workers: native threads that call what blocks, while the pipeline goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gevent import Timeout
from gevent.threadpool import ThreadPool

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Workers"]

IDLE_SECONDS = 60
"""Seconds after which a thread without work ends."""

CLOSE_SECONDS = 1.0
"""Seconds that idle threads are given to end when the module stops."""


class Workers:
    """Native threads, started as they are needed."""

    def __init__(self, threads: int) -> None:
        """Start none yet.

        Args:
            threads: How many there may be.
        """
        self._pool = ThreadPool(threads, idle_task_timeout=IDLE_SECONDS)

    def call(self, function: Callable[[Any], Any], argument: Any) -> Any:
        """Call a function in a thread, wait for it, and return what it returns or raise what it raises."""
        outcome = self._pool.spawn(_guarded, function, argument).get()
        assert outcome is not None
        result, error = outcome
        if error is not None:
            raise error
        return result

    def close(self) -> None:
        """End the threads, but wait for none that still works: nothing can interrupt it."""
        if not len(self._pool):
            with Timeout(CLOSE_SECONDS, False):  # type: ignore[arg-type]  # that is how it is told not to raise
                self._pool.kill()


def _guarded(function: Callable[[Any], Any], argument: Any) -> tuple[Any, BaseException | None]:
    """Return an error instead of raising it: gevent would print it too."""
    try:
        return function(argument), None
    except BaseException as error:  # noqa: BLE001 - it is raised where the call was made
        return None, error
