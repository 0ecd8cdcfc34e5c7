"""Acknowledgement: tells an input, once, whether an event was processed or failed."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from gevent.hub import get_hub

from wishbone.error import InvalidData

if TYPE_CHECKING:
    from collections.abc import Callable


class Acknowledgement:
    """Counts the references to an event and its clones, and settles when the last one is released.

    Each of these holds a reference: an `Event` created with the acknowledgement, until it is first
    submitted; a queue that the event or a clone is in; a consumer that works on it; and each call of
    `retain`, which a module makes itself. When the last reference is released, `settled` is called,
    exactly once: with None if nothing went wrong, else with the first error.

    `settled` runs in the greenlet that released the last reference, often an output's consumer. It must be
    short and must not wait. If it raises, gevent's hub prints the error, and the greenlet goes on. One
    acknowledgement may serve several events, such as all events of a request: `retain` it before you submit
    them and `release` it afterwards, or it could settle between two of them.
    """

    __slots__ = ("_settled", "done", "error", "linked", "references")

    done: bool
    """Whether it has settled."""

    def __init__(
        self, settled: Callable[[BaseException | None], object], parent: Acknowledgement | None = None
    ) -> None:
        """Create an acknowledgement without references.

        Args:
            settled: Called once, with None (acknowledged) or the first error (failed).
            parent: Another acknowledgement that waits for this one, as after `link_to`.
        """
        self.linked: list[Acknowledgement] | None = None
        if parent is not None:
            self.link_to(parent)
        self._settled = settled
        self.done = False
        self.references = 0
        self.error: BaseException | None = None

    def retain(self) -> None:
        """Take a reference, to keep an event after its consumer returned: in a batch, or for a timer.

        Raises:
            InvalidData: It has settled already, which happens only once.
        """
        if self.done:
            message = "The acknowledgement has settled already: retain it before its event is released."
            raise InvalidData(message)
        self.references += 1

    def release(self, error: BaseException | None = None) -> None:
        """Give a reference back, and settle if it was the last one.

        Args:
            error: Why the event failed, if it did. The first error given is passed to `settled`.

        Raises:
            InvalidData: All references were released already.
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
        except Exception:  # noqa: BLE001 - it is not an error of the greenlet that released last
            get_hub().handle_error(self, *sys.exc_info())
        finally:
            if self.linked is not None:
                self._release_linked()

    def link_to(self, other: Acknowledgement) -> None:
        """Make another acknowledgement wait for this one. Call it before this one settles.

        A reference of the other is taken now, and released when this one settles, with the same error.

        Args:
            other: The one that waits. If `other.is_linked_to(self)`, neither would ever settle.

        Raises:
            InvalidData: The other has settled already.
        """
        other.retain()
        if self.linked is None:
            self.linked = []
        self.linked.append(other)

    def is_linked_to(self, other: Acknowledgement) -> bool:
        """Return whether `other` is this one, or waits for it, directly or through others."""
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
        """Release all that wait for this one, even if one of them raises, and all that wait for those.

        It is a loop, because recursion along a long chain would exceed Python's limit.
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
