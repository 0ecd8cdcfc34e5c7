"""Queue: a bounded queue of events between two modules; and QueuePool, the queues of one module."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any, Literal, final, overload

from gevent import getcurrent
from gevent.hub import Waiter, get_hub

from wishbone._engine.backpressure import BlockedPut, blocking_on, nack, would_deadlock
from wishbone._engine.rates import Rates
from wishbone._engine.timeslice import time_slice
from wishbone.config import NAME
from wishbone.diagnostics.suggest import did_you_mean
from wishbone.error import QueueConnected, QueueEmpty, QueueFull, QueueMissing, ReservedName

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wishbone._engine.consumer import Consumer
    from wishbone._engine.wiring import Port

__all__ = ["DEFAULT_QUEUES", "Overflow", "Queue", "QueuePool", "blocking_on"]

DEFAULT_QUEUES = ("success", "failed", "logs", "metrics")
"""The queues that every module has."""

STATISTICS = (
    *("size", "in_total", "out_total", "dropped_total", "waited_total"),
    *("in_rate", "out_rate", "dropped_rate"),
)
"""The names of a queue's statistics."""

Overflow = Literal["block", "drop_new", "drop_old"]
"""What a put on a full queue does: block, drop the new event, or drop the oldest event in the queue."""

CLOCK_CHECK_INTERVAL = 128
"""Events that are put between two checks of the time slice, as long as these find it not expired."""


@final
class Queue:
    """A bounded first-in, first-out queue of events.

    A put on a full queue blocks (back-pressure), and is counted. The greenlet that takes events admits those
    of blocked puts, in order; a blocked greenlet wakes up once its event is in the queue.
    """

    __slots__ = (
        "_check_interval",
        "_fast_limit",
        "_rates",
        "blocked",
        "closed",
        "connected",
        "consumers",
        "destination",
        "dropped_total",
        "evicted_total",
        "items",
        "max_size",
        "overflow",
        "source",
        "taken_total",
        "waited_total",
        "waiting",
    )

    def __init__(self, max_size: int = 100) -> None:
        """Create an empty queue.

        Args:
            max_size: The events that fit in before a put blocks, at least 1.
        """
        if max_size < 1:
            message = f"A queue must have room for at least one event, and {max_size} is less."
            raise ValueError(message)
        self.max_size = max_size
        self.items: deque[Any] = deque()
        self.connected = True
        self.closed = False
        self.source: Port | None = None
        self.destination: Port | None = None
        self.consumers: list[Consumer] = []
        self.taken_total = 0
        self.overflow: Overflow = "block"
        self.dropped_total = 0
        self.evicted_total = 0
        self.waited_total = 0
        self.waiting: deque[Waiter[None]] = deque()
        self.blocked: deque[BlockedPut] = deque()
        self._check_interval = CLOCK_CHECK_INTERVAL
        self._fast_limit = min(max_size, CLOCK_CHECK_INTERVAL)
        self._rates = Rates(3)

    def put(self, event: Any, block: bool = True) -> None:
        """Append an event. The queue takes over one reference of its acknowledgement.

        Args:
            event: The event.
            block: Whether to wait while the queue is full.

        Raises:
            QueueFull: The queue is full, `block` is false, and `overflow` is `block`.
            QueueMissing: The queue is closed, because its module has stopped.
        """
        items = self.items
        # One comparison covers all special cases: the queue is full, closed or not connected, a put is
        # blocked, a greenlet waits for an event, or a check of the time slice is due.
        if len(items) < self._fast_limit:
            items.append(event)
        elif self._reserve_slot(event, block):
            self._append(event)

    def get(self, block: bool = True) -> Any:
        """Remove the oldest event and return it, with the queue's reference of its acknowledgement.

        Args:
            block: Whether to wait while the queue is empty.

        Raises:
            QueueEmpty: The queue is empty, and `block` is false.
            QueueMissing: The queue is empty and closed, because its module has stopped.
        """
        while not self.items:
            self.admit_blocked()
            if self.items:
                break
            if self.closed or not block:
                raise self._closed_error() if self.closed else QueueEmpty("The queue is empty.")
            self.wait()
        self.taken_total += 1
        event = self.items.popleft()
        self.admit_blocked()
        return event

    def wait(self, first: bool = False) -> None:
        """Wait until an event may be in the queue: the caller must check. With `first`, before all others."""
        waiter: Waiter[None] = Waiter()
        self.waiting.insert(0 if first else len(self.waiting), waiter)
        self._fast_limit = 0
        try:
            waiter.get()
        except BaseException:
            if waiter in self.waiting:
                self.waiting.remove(waiter)
                self._update_fast_limit()
            elif self.items and self.waiting:
                # This greenlet was woken and then killed: wake another one for the event.
                self.wake_one()
            raise

    def admit_blocked(self) -> None:
        """Admit the events of blocked puts while there is room, and wake their greenlets."""
        while self.blocked and len(self.items) < self.max_size:
            self.admit_one(self.blocked[0])

    def admit_one(self, blocked_put: BlockedPut) -> None:
        """Admit the event of a blocked put even if the queue is full, and wake its greenlet."""
        self.unblock(blocked_put)
        self.items.append(blocked_put.event)
        blocked_put.admit()

    def unblock(self, blocked_put: BlockedPut) -> None:
        """Forget a blocked put."""
        if blocked_put in self.blocked:
            self.blocked.remove(blocked_put)
            self._update_fast_limit()

    def connect(self, connected: bool = True) -> None:
        """Set whether a module consumes the queue. `Actor.submit` drops events where none does."""
        self.connected = connected
        self._update_fast_limit()

    def close(self) -> list[Any]:
        """Remove all events, and refuse blocked and later puts with `QueueMissing`.

        Returns:
            The events that were in the queue.
        """
        self.connected = False
        self.closed = True
        self._fast_limit = 0
        left = [*self.items]
        self.evicted_total += len(left)
        self.items.clear()
        while self.blocked:
            self.blocked.popleft().refuse(self._closed_error())
        return left

    def resize(self, max_size: int) -> None:
        """Change how many events fit in, before the module starts."""
        self.max_size = max_size
        self._update_fast_limit()

    def size(self) -> int:
        """Return the number of events in the queue."""
        return len(self.items)

    def empty(self) -> bool:
        """Return whether the queue holds no event, and no put is blocked."""
        return not self.items and not self.blocked

    @property
    def out_total(self) -> int:
        """The events taken out so far. `taken_total` excludes events of the current run."""
        return self.taken_total + sum(consumer.taken for consumer in self.consumers)

    @property
    def in_total(self) -> int:
        """The events put in so far: computed from other totals, so that `put` does not have to count."""
        return self.out_total + self.evicted_total + len(self.items)

    def stats(self) -> dict[str, float]:
        """Return the queue's statistics, by name.

        Returns:
            `size` (events), `in_total`, `out_total`, `dropped_total` (events since the start),
            `waited_total` (puts that blocked), and `in_rate`, `out_rate`, `dropped_rate` (events per
            second, over one second or the longer time since the previous call).
        """
        totals = (self.in_total, self.out_total, self.dropped_total)
        figures = (len(self.items), *totals, self.waited_total, *self._rates.of(*totals))
        return dict(zip(STATISTICS, figures, strict=True))

    def __repr__(self) -> str:
        """Show its two ends and how full it is."""
        return f"<Queue {self.source} -> {self.destination}, {len(self.items)} of {self.max_size}>"

    def _append(self, event: Any) -> None:
        self.items.append(event)
        if self.waiting:
            self.wake_one()
        self._update_fast_limit()

    def wake_one(self) -> None:
        """Wake the greenlet that has waited for an event for the longest time."""
        get_hub().loop.run_callback(self.waiting.popleft().switch, None)

    def _reserve_slot(self, event: Any, block: bool) -> bool:
        """Return whether the caller must append the event; if not, it is appended or dropped already."""
        if self.closed:
            error = self._closed_error()
            nack(event, error)
            raise error
        if len(self.items) < self.max_size and not self.blocked:
            if self.waiting or not block:
                return True
            self._put_and_yield(event)
            return False
        if self.overflow != "block":
            self._drop(event)
            if block:
                time_slice.yield_if_expired()
            return False
        if not block:
            message = f"The queue holds {self.max_size} events and is full."
            raise QueueFull(message)
        greenlet = getcurrent()
        if would_deadlock(self, greenlet):
            return True
        self._block(BlockedPut(event, greenlet))
        return False

    def _put_and_yield(self, event: Any) -> None:
        """Yield if the time slice has expired. It appends first, so that no other put overtakes."""
        self.items.append(event)
        expired = time_slice.yield_if_expired()
        self._check_interval = 1 if expired else min(self._check_interval * 2, CLOCK_CHECK_INTERVAL)
        self._update_fast_limit()

    def _drop(self, event: Any) -> None:
        """Drop the event; with `drop_old`, append it and drop the oldest one."""
        self.dropped_total += 1
        if self.overflow == "drop_old":
            self.evicted_total += 1
            self.items.append(event)
            event = self.items.popleft()
        message = f"The queue '{self.destination}' was full and dropped the event ({self.overflow})."
        nack(event, QueueFull(message))

    def _update_fast_limit(self) -> None:
        """Set the size up to which `put` and `submit` only append: 0 in all special cases."""
        special = self.blocked or self.waiting or not self.connected
        self._fast_limit = 0 if special else min(self.max_size, len(self.items) + self._check_interval)

    def _block(self, blocked_put: BlockedPut) -> None:
        self.waited_total += 1
        self.blocked.append(blocked_put)
        self._fast_limit = 0
        if self.waiting:
            # There are fewer events than idle consumers: one of these can admit this event.
            self.wake_one()
        blocked_put.wait(self)

    def _closed_error(self) -> QueueMissing:
        return QueueMissing(f"The queue '{self.destination or ''}' was closed: its module has stopped.")


class QueuePool:
    """The queues of one module, by name. Every pool has `success`, `failed`, `logs` and `metrics`."""

    def __init__(self, size: int = 100) -> None:
        """Create the queues that every module has.

        Args:
            size: The events that fit in each queue.
        """
        self.size = size
        self.queues: dict[str, Queue] = {}
        self.by_key: dict[str | Queue, Queue] = {}
        self.queue = QueueNamespace(self.queues)
        for name in DEFAULT_QUEUES:
            self._keep(name, Queue(size)).connect(False)

    def createQueue(self, name: str) -> Queue:
        """Create a queue.

        Args:
            name: Its name in routes: letters, digits, `_` and `-`, a letter first.

        Raises:
            ReservedName: Every module has a queue of that name, or the name is invalid.
            QueueConnected: The module created a queue of that name before.
        """
        if name in DEFAULT_QUEUES:
            message = f"Every module has a queue {name!r} already: give yours another name."
            raise ReservedName(message)
        if name in self.queues:
            message = f"The queue {name!r} exists already: create it once."
            raise QueueConnected(message)
        if not NAME.fullmatch(name):
            message = f"A queue cannot be called {name!r}: use letters, digits, '_' and '-', a letter first."
            raise ReservedName(message)
        queue = self._keep(name, Queue(self.size))
        queue.connect(False)
        return queue

    def getQueue(self, name: str) -> Queue:
        """Return the queue of that name.

        Raises:
            QueueMissing: There is no such queue.
        """
        try:
            return self.queues[name]
        except KeyError:
            message = f"There is no queue {name!r}. {did_you_mean(name, self.queues)}"
            raise QueueMissing(message) from None

    def hasQueue(self, name: str) -> bool:
        """Return whether there is a queue of that name."""
        return name in self.queues

    @overload
    def listQueues(self, names: Literal[True], default: bool = True) -> list[str]: ...

    @overload
    def listQueues(self, names: Literal[False] = False, default: bool = True) -> list[Queue]: ...

    def listQueues(self, names: bool = False, default: bool = True) -> list[str] | list[Queue]:
        """Return the queues.

        Args:
            names: Whether to return their names instead of the queues.
            default: Whether to include `success`, `failed`, `logs` and `metrics`.
        """
        chosen = {name: queue for name, queue in self.items() if default or name not in DEFAULT_QUEUES}
        return list(chosen) if names else list(chosen.values())

    def replaceQueue(self, name: str, queue: Queue) -> None:
        """Replace a queue by another one, which takes over its events and its consumers."""
        old = self.queues[name]
        queue.items.extend(old.items)
        queue.consumers.extend(old.consumers)
        self._keep(name, queue)
        self.by_key[old] = queue

    def items(self) -> Iterator[tuple[str, Queue]]:
        """Iterate over names and queues."""
        return iter(self.queues.items())

    def _keep(self, name: str, queue: Queue) -> Queue:
        """Store a queue under its name and under itself: `submit` takes either, with one look-up."""
        self.queues[name] = self.by_key[name] = self.by_key[queue] = queue
        return queue


class QueueNamespace:
    """The queues of a pool as attributes: `pool.queue.inbox`."""

    def __init__(self, queues: dict[str, Queue]) -> None:
        self.__dict__ = queues

    def __getattr__(self, name: str) -> Queue:
        """Raise `QueueMissing`: Python calls this only for a name that is not in the pool."""
        message = f"There is no queue {name!r}. {did_you_mean(name, self.__dict__)}"
        raise QueueMissing(message)
