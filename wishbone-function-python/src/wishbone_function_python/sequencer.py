"""Sequencer: restores the order of events that are processed concurrently."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from gevent.event import Event as Flag

from wishbone.queue import blocking_on

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator

    from wishbone.queue import Queue

__all__ = ["Sequencer"]


class Sequencer:
    """Lets the consumers of a queue finish the events of one key in the order in which they started them."""

    def __init__(self) -> None:
        self._last: dict[Hashable, Flag] = {}

    @contextmanager
    def enter(self, key: Hashable) -> Iterator[Callable[[Queue], None]]:
        """Take the next position for a key, until the end of the `with` block.

        Args:
            key: The key whose events stay in order.

        Yields:
            A function that waits until the events before have left. Its argument is the queue that the
            waiting consumers take their events from.
        """
        previous, own = self._last.get(key), Flag()
        self._last[key] = own
        try:
            yield lambda queue: _wait(previous, queue)
        finally:
            own.set()
            if self._last[key] is own:
                del self._last[key]


def _wait(previous: Flag | None, queue: Queue) -> None:
    if previous is not None and not previous.is_set():
        with blocking_on(queue):
            previous.wait()
