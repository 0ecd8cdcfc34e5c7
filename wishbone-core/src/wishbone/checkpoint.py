"""Checkpointer: tells an input that commits positions up to which one everything is settled."""

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
    """Keeps the order of positions whose events settle in any order.

    One committer serves one source: a file, a partition, a stream. It is told of each position, in
    order, and hands out the acknowledgement for the event read there. A position that failed holds
    `committed` back until the input decides: `retry` (submit the event again) or `give_up`.

    Only what is unsettled is kept, and nothing is searched: each call costs the same, however many
    positions are open.
    """

    __slots__ = ("_drained", "_failed", "_last", "_on_failure", "_open")

    def __init__(
        self,
        start: Position,
        failed: Callable[[Position, BaseException], object],
        drained: Callable[[], object] | None = None,
    ) -> None:
        """Begin behind a position.

        Args:
            start: What counts as committed before anything is tracked.
            failed: Called with a position whose event failed, and the error. As an acknowledgement's
                `settled`, it must be short and must not wait, and it must not raise.
            drained: Called each time nothing is in flight any more, under the same terms.
        """
        self._open: OrderedDict[Position, Position] = OrderedDict()
        self._failed: set[Position] = set()
        self._last = start
        self._on_failure = failed
        self._drained = drained

    @property
    def committed(self) -> Position:
        """The position up to which, itself included, everything is settled."""
        for before in self._open.values():
            return before
        return self._last

    @property
    def pending(self) -> int:
        """How many positions are not settled: in flight, or failed and not decided about."""
        return len(self._open)

    @property
    def in_flight(self) -> int:
        """How many positions have an acknowledgement that has not settled yet."""
        return len(self._open) - len(self._failed)

    def track(self, position: Position) -> Acknowledgement:
        """Note the next position.

        Args:
            position: Any hashable value that no unsettled position of this committer equals.

        Returns:
            The acknowledgement for the event read there.

        Raises:
            InvalidData: The position is being tracked already.
        """
        if position in self._open:
            message = f"The position {position!r} is tracked already: track each once, in order."
            raise InvalidData(message)
        self._open[position] = self._last
        self._last = position
        return Acknowledgement(partial(self._settle, position))

    def retry(self, position: Position) -> Acknowledgement:
        """Return a fresh acknowledgement for a position that failed, to submit its event again.

        Raises:
            InvalidData: The position has not failed.
        """
        self._decide(position)
        return Acknowledgement(partial(self._settle, position))

    def give_up(self, position: Position) -> None:
        """Count a position that failed as settled. Log an error: its event is lost.

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
