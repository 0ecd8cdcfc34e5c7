"""Door: where whoever puts into a full queue waits, and how nobody waits there without end."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from gevent import getcurrent
from gevent.hub import Waiter

if TYPE_CHECKING:
    from collections.abc import Iterator

    from greenlet import greenlet

    from wishbone.queue import Queue

blocked_on: dict[greenlet, Queue] = {}
"""At the door of which queue a greenlet waits, or else for the consumers of which."""


class BlockedPut:
    """Who waits at the door of a full queue, and with what."""

    __slots__ = ("admitted", "event", "greenlet", "waiter")

    def __init__(self, event: Any, greenlet: greenlet) -> None:
        """Wait with an event, in a greenlet."""
        self.admitted = False
        self.event = event
        self.greenlet = greenlet
        self.waiter: Waiter[None] = Waiter()


def would_deadlock(queue: Queue, greenlet: greenlet) -> bool:
    """Return whether all consumers of a queue wait, at last, for the greenlet that wants to put.

    Then the graph has a cycle whose queues are all full, and waiting would never end. Letting one
    event more in resolves it, and the memory stays bounded: from outside nothing enters a full
    queue, and the time to live bounds how long an event goes round.
    """
    seen: set[int] = set()
    queues = [queue]
    while queues:
        found = queues.pop()
        if id(found) in seen:
            continue
        seen.add(id(found))
        if not found.consumers:
            return False
        for consumer in found.consumers:
            if consumer is greenlet:
                continue
            if consumer not in blocked_on:
                return False
            queues.append(blocked_on[consumer])
    return True


@contextmanager
def blocking_on(queue: Queue) -> Iterator[None]:
    """Say that the greenlet waits for the consumers of a queue, as one of them does for its turn.

    It may be the last that those in a cycle wait for: then one more event is admitted (`would_deadlock`).

    Args:
        queue: Whose consumers it waits for.
    """
    own = getcurrent()
    blocked_on[own] = queue
    for greenlet, full in list(blocked_on.items()):
        for putter in [each for each in full.putters if each.greenlet is greenlet]:
            if would_deadlock(full, greenlet):
                full.admit_one(putter)
    try:
        yield
    finally:
        blocked_on.pop(own, None)


def nack(event: Any, error: BaseException) -> None:
    """Give back the reference that the slot would have taken over."""
    acknowledgement = getattr(event, "acknowledgement", None)
    if acknowledgement is not None:
        acknowledgement.release(error)
