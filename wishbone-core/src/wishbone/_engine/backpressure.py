"""Back-pressure: puts that block because a queue is full, and the detection of deadlocks among them."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from gevent import getcurrent
from gevent.hub import Waiter, get_hub

if TYPE_CHECKING:
    from collections.abc import Iterator

    from greenlet import greenlet

    from wishbone.queue import Queue

blocked_on: dict[greenlet, Queue] = {}
"""The queue on which each blocked greenlet waits, be it for room or for its turn to consume."""


class BlockedPut:
    """A put on a full queue: its event, and the greenlet that waits for room."""

    __slots__ = ("_waiter", "admitted", "event", "greenlet")

    def __init__(self, event: Any, greenlet: greenlet) -> None:
        self.admitted = False
        self.event = event
        self.greenlet = greenlet
        self._waiter: Waiter[None] = Waiter()

    def wait(self, queue: Queue) -> None:
        """Wait until the queue has admitted the event; raise the error if it refuses the event."""
        blocked_on[self.greenlet] = queue
        try:
            self._waiter.get()
        except BaseException as error:
            # Once the event is admitted, the queue owns the reference, even if this greenlet dies.
            if not self.admitted:
                queue.unblock(self)
                nack(self.event, error)
            raise
        finally:
            blocked_on.pop(self.greenlet, None)

    def admit(self) -> None:
        """Wake the greenlet: its event is in the queue."""
        self.admitted = True
        blocked_on.pop(self.greenlet, None)
        get_hub().loop.run_callback(self._waiter.switch, None)

    def refuse(self, error: BaseException) -> None:
        """Wake the greenlet with an error: the queue is closed."""
        get_hub().loop.run_callback(self._waiter.throw, error)


def would_deadlock(queue: Queue, greenlet: greenlet) -> bool:
    """Return whether a put would block forever.

    It would if each consumer of the queue is blocked, directly or through others, on the greenlet that
    puts: the graph has a cycle whose queues are all full. Admitting one event more resolves that.
    Memory stays bounded, because nothing from outside the cycle enters a full queue, and the time to
    live of an event bounds how often it passes through the cycle.

    Args:
        queue: The full queue.
        greenlet: The greenlet that wants to put an event.
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
    """Mark the current greenlet as blocked until other consumers of a queue are done.

    For a consumer that waits for its turn. The detection of deadlocks takes it into account, also for the
    puts that are blocked already (`would_deadlock`).

    Args:
        queue: The queue that the current greenlet consumes, too.
    """
    own = getcurrent()
    blocked_on[own] = queue
    for greenlet, full in list(blocked_on.items()):
        for blocked_put in [each for each in full.blocked if each.greenlet is greenlet]:
            if would_deadlock(full, greenlet):
                full.admit_one(blocked_put)
    try:
        yield
    finally:
        blocked_on.pop(own, None)


def nack(event: Any, error: BaseException) -> None:
    """Settle as failed an event that a queue refused or dropped: release the queue's reference of it."""
    acknowledgement = getattr(event, "acknowledgement", None)
    if acknowledgement is not None:
        acknowledgement.release(error)
