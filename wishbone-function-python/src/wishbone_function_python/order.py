"""Order: who works at the same time as others hands on in the order in which all began."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from gevent.event import Event as Flag

from wishbone._engine.backpressure import blocking_on

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator

    from wishbone.queue import Queue

__all__ = ["Order"]


class Order:
    """Lets the consumers of a queue that are at work on events of one key finish in the order they began."""

    def __init__(self) -> None:
        """Begin with nobody at work."""
        self._last: dict[Hashable, Flag] = {}

    @contextmanager
    def place(self, key: Hashable) -> Iterator[Callable[[Queue], None]]:
        """Take a place behind those that are at work, and leave it in the end.

        Args:
            key: Whose order it is.

        Yields:
            What waits until all before it have left; it is given the queue whose consumers all of them are.
        """
        before, own = self._last.get(key), Flag()
        self._last[key] = own
        try:
            yield lambda queue: _wait(before, queue)
        finally:
            own.set()
            if self._last[key] is own:
                del self._last[key]


def _wait(before: Flag | None, queue: Queue) -> None:
    if before is not None and not before.is_set():
        with blocking_on(queue):
            before.wait()
