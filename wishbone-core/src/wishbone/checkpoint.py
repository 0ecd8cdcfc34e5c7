"""Checkpointer: computes the position up to which an input may commit, for events settled in any order."""

from __future__ import annotations

from collections import OrderedDict
from functools import partial
from typing import TYPE_CHECKING, Generic, TypeVar

from wishbone.acknowledgement import Acknowledgement
from wishbone.error import InvalidData

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

Position = TypeVar("Position", bound="Hashable")


class Checkpointer(Generic[Position]):
    """Tracks the positions of one source (a file, a partition, a stream), whose events settle in any order.

    The input calls `track` with each position, in order, and gets the acknowledgement for the event read
    there. `committed` does not pass a position that failed until the input decides: `retry` (submit the event
    again) or `give_up`.

    Only unsettled positions are kept. The cost of a call does not depend on how many there are.
    """

    __slots__ = ("_drained", "_failed", "_last", "_on_failure", "_open")

    def __init__(
        self,
        start: Position,
        failed: Callable[[Position, BaseException], object],
        drained: Callable[[], object] | None = None,
    ) -> None:
        """Create a checkpointer that has nothing to track yet.

        Args:
            start: The value of `committed` before the first position is settled.
            failed: Called with a position whose event failed, and the error. Like `settled` of an
                acknowledgement, it must be short and must not wait; and it must not raise.
            drained: Called without arguments each time that no event is in flight any more; as short.
        """
        self._open: OrderedDict[Position, Position] = OrderedDict()
        self._failed: set[Position] = set()
        self._last = start
        self._on_failure = failed
        self._drained = drained

    @property
    def committed(self) -> Position:
        """The last position such that it and all positions before it are settled."""
        for before in self._open.values():
            return before
        return self._last

    @property
    def pending(self) -> int:
        """The number of unsettled positions: in flight, or failed and neither retried nor given up."""
        return len(self._open)

    @property
    def in_flight(self) -> int:
        """The number of positions whose acknowledgement has not settled yet."""
        return len(self._open) - len(self._failed)

    def track(self, position: Position) -> Acknowledgement:
        """Add the next position.

        Args:
            position: A hashable value, different from all unsettled positions.

        Returns:
            The acknowledgement for the event read there.

        Raises:
            InvalidData: The position is tracked already.
        """
        if position in self._open:
            message = f"The position {position!r} is tracked already: track each once, in order."
            raise InvalidData(message)
        self._open[position] = self._last
        self._last = position
        return Acknowledgement(partial(self._settle, position))

    def retry(self, position: Position) -> Acknowledgement:
        """Return a new acknowledgement for a position that failed, to submit its event again.

        Raises:
            InvalidData: The position has not failed.
        """
        self._decide(position)
        return Acknowledgement(partial(self._settle, position))

    def give_up(self, position: Position) -> None:
        """Treat a position that failed as settled. The caller must log an error: the event is lost.

        Raises:
            InvalidData: The position has not failed.
        """
        self._decide(position)
        del self._open[position]

    def _settle(self, position: Position, error: BaseException | None) -> None:
        if error is None:
            del self._open[position]
        else:
            self._failed.add(position)
            self._on_failure(position, error)
        if self._drained is not None and not self.in_flight:
            self._drained()

    def _decide(self, position: Position) -> None:
        try:
            self._failed.remove(position)
        except KeyError:
            message = f"The position {position!r} has not failed: there is nothing to decide about it."
            raise InvalidData(message) from None
