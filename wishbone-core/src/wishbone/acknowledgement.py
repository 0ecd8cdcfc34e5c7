"""Acknowledgement: tells an input what became of an event, once, when everybody is done with it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from gevent.hub import get_hub

from wishbone.error import InvalidData

if TYPE_CHECKING:
    from collections.abc import Callable


class Acknowledgement:
    """Counts who still works on an event or on a clone of it, and settles when nobody does.

    A reference is held by each `Event` made with it until that event is first submitted, by every
    queue slot that holds the event or a clone, by every consumer at work on it, and by whoever
    called `retain`. The engine counts all but the last kind. When the last reference is released,
    `settled` is called, exactly once: with `None` if nothing went wrong, else with the first error.

    `settled` runs in the greenlet that released last, often an output's consumer: it must be short
    and must not wait; what it raises is printed by gevent's hub and stops nobody. One acknowledgement
    may serve several events (all events of one request): hold it with `retain` while you submit them,
    or the first may settle it before the second is made.
    """

    __slots__ = ("_settled", "done", "error", "linked", "references")

    done: bool
    """Whether it has settled."""

    def __init__(
        self, settled: Callable[[BaseException | None], object], parent: Acknowledgement | None = None
    ) -> None:
        """Start without references.

        Args:
            settled: Called once with `None` (acknowledged) or the first error (failed).
            parent: What this one stands for behind a module that watches an event, as `link_to` says.
        """
        self.linked: list[Acknowledgement] | None = None
        if parent is not None:
            self.link_to(parent)
        self._settled = settled
        self.done = False
        self.references = 0
        self.error: BaseException | None = None

    def retain(self) -> None:
        """Take a reference, to keep an event for later: in a batch, for a timer, in a request.

        Raises:
            InvalidData: It has settled: whoever is told late cannot be told again.
        """
        if self.done:
            message = "The acknowledgement has settled already: retain it while the event is in your hands."
            raise InvalidData(message)
        self.references += 1

    def release(self, error: BaseException | None = None) -> None:
        """Give a reference back, and settle if it was the last.

        Args:
            error: What went wrong, if something did. The first error given is the one told.

        Raises:
            InvalidData: Everything was released before: somebody released twice.
        """
        if error is not None and self.error is None:
            self.error = error
        self.references -= 1
        if self.references > 0:
            return
        if self.done:
            self.references = 0
            message = "The acknowledgement was released more often than retained."
            raise InvalidData(message)
        self.done = True
        try:
            self._settled(self.error)
        except Exception:  # noqa: BLE001 - it is no error of whoever happens to release last
            get_hub().handle_error(self, *sys.exc_info())
        finally:
            if self.linked is not None:
                self._release_linked()

    def link_to(self, other: Acknowledgement) -> None:
        """Let another one wait for this one, before this one has settled.

        A reference of it is taken now, and given back when this one has settled, with the same error.

        Args:
            other: What waits. It must not be waited for by this one, or neither would ever settle: ask
                `other.is_linked_to(self)`.

        Raises:
            InvalidData: It has settled already.
        """
        other.retain()
        if self.linked is None:
            self.linked = []
        self.linked.append(other)

    def is_linked_to(self, other: Acknowledgement) -> bool:
        """Return whether it is another one, or waited for by it: directly, or by others between them."""
        seen: set[Acknowledgement] = set()
        waiting = [self]
        while waiting:
            found = waiting.pop()
            if found is other:
                return True
            if found not in seen:
                seen.add(found)
                waiting.extend(found.linked or ())
        return False

    def _release_linked(self) -> None:
        """Release all that wait for this one, whatever one of them raises, and all that wait for those.

        In a loop, because a chain of them can be longer than the stack may be deep.
        """
        death: BaseException | None = None
        told = [(self, self.linked)]
        for child, linked in told:
            for parent in linked or ():
                if parent.references == 1:
                    told.append((parent, parent.linked))
                    parent.linked = None
                try:
                    parent.release(child.error)
                except BaseException as raised:  # noqa: BLE001 - raised again when all are released
                    death = raised
        if death is not None:
            raise death
