"""Turnstile: lets so many in at once, strictly in the order in which they came."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Self

from gevent.event import AsyncResult

if TYPE_CHECKING:
    from types import TracebackType


class Turnstile:
    """A semaphore that nobody overtakes at.

    gevent's own wakes who waits in order, but whoever runs when a place becomes free may take it first.
    """

    def __init__(self, places: int) -> None:
        """Let nobody wait.

        Args:
            places: How many may be in at once.
        """
        self._free = places
        self._waiting: deque[AsyncResult[None]] = deque()

    def __enter__(self) -> Self:
        """Wait for a place, and take it."""
        if self._free:
            self._free -= 1
            return self
        place: AsyncResult[None] = AsyncResult()
        self._waiting.append(place)
        try:
            place.get()
        except BaseException:
            if place.ready():
                self._leave()
            else:
                self._waiting.remove(place)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Hand the place on."""
        self._leave()

    def _leave(self) -> None:
        if self._waiting:
            self._waiting.popleft().set(None)
        else:
            self._free += 1
