"""Order: who works at the same time as others hands on in the order in which all began."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from gevent.event import Event as Flag

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator

__all__ = ["Order"]


class Order:
    """Lets those of one key finish in the order in which they began; those of other keys do not wait."""

    def __init__(self) -> None:
        """Begin with nobody at work."""
        self._last: dict[Hashable, Flag] = {}

    @contextmanager
    def place(self, key: Hashable) -> Iterator[Callable[[], object]]:
        """Take a place behind those that are at work, and leave it in the end.

        Args:
            key: Whose order it is.

        Yields:
            What waits until all before it have left.
        """
        before, own = self._last.get(key), Flag()
        self._last[key] = own
        try:
            yield before.wait if before is not None else _nobody
        finally:
            own.set()
            if self._last[key] is own:
                del self._last[key]


def _nobody() -> None:
    """Nobody is before: there is nothing to wait for."""
