"""Queue: what stands between two modules; and QueuePool, the queues of one module."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any, Literal, final, overload

from gevent import getcurrent
from gevent.hub import Waiter, get_hub

from wishbone._engine.backpressure import BlockedPut, blocked_on, blocking_on, nack, would_deadlock
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
"""The names of a queue's figures."""

Overflow = Literal["block", "drop_new", "drop_old"]
"""What a full queue does: let who puts wait, drop what comes, or drop what has waited longest."""

CLOCK_CHECK_INTERVAL = 128
"""Events put in between two looks at the clock, as long as whoever puts is quick."""


@final
class Queue:
    """A bounded line of events, first in, first out.

    Who puts into a full queue waits, and the wait is counted: that is back-pressure. One waiting
    greenlet is woken per run of events, not per event: a putter that waits leaves its event at the
    door, and whoever empties the queue takes it in, first come, first served. Who puts without ever
    waiting gives way when its turn is over.
    """

    __slots__ = (
        "_check_interval",
        "_rates",
        "closed",
        "connected",
        "consumers",
        "destination",
        "dropped_total",
        "evicted_total",
        "getters",
        "items",
        "limit",
        "max_size",
        "overflow",
        "putters",
        "source",
        "taken_total",
        "waited_total",
    )

    def __init__(self, max_size: int = 100) -> None:
        """Make an empty queue.

        Args:
            max_size: How many events it holds before whoever puts has to wait, at least 1.
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
        self.getters: deque[Waiter[None]] = deque()
        self.putters: deque[BlockedPut] = deque()
        self._check_interval = CLOCK_CHECK_INTERVAL
        self.limit = min(max_size, CLOCK_CHECK_INTERVAL)
        self._rates = Rates(3)

    def put(self, event: Any, block: bool = True) -> None:
        """Put an event at the end. Its slot takes over a reference of its acknowledgement.

        Args:
            event: What to put.
            block: Whether to wait while the queue is full.

        Raises:
            QueueFull: It is full, `block` is false, and nothing is dropped on overflow.
            QueueMissing: It is closed: its module has stopped.
        """
        items = self.items
        # One comparison for all that is out of the ordinary: full, closed, not connected, somebody
        # waits at either end, a look at the clock due.
        if len(items) < self.limit:
            items.append(event)
        elif self._reserve_slot(event, block):
            self._append(event)
            self._update_fast_limit()

    def get(self, block: bool = True) -> Any:
        """Take the event at the front, together with its slot's reference of the acknowledgement.

        Args:
            block: Whether to wait while the queue is empty.

        Raises:
            QueueEmpty: It is empty, and `block` is false.
        """
        while not self.items:
            self.admit_blocked()
            if self.items:
                break
            if not block:
                message = "The queue is empty."
                raise QueueEmpty(message)
            self.wait()
        self.taken_total += 1
        event = self.items.popleft()
        self.admit_blocked()
        return event

    def wait(self, first: bool = False) -> None:
        """Wait until something is in the queue, or until woken for another reason: look again afterwards.

        Args:
            first: Whether to be woken before all others that wait.
        """
        waiter: Waiter[None] = Waiter()
        self.getters.insert(0 if first else len(self.getters), waiter)
        self.limit = 0
        try:
            waiter.get()
        except BaseException:
            if waiter in self.getters:
                self.getters.remove(waiter)
                self._update_fast_limit()
            elif self.items and self.getters:
                # This greenlet was woken and then killed: the event it was woken for needs another.
                self._wake_getter()
            raise

    def admit_blocked(self) -> None:
        """Take in what waits at the door, as far as there is room, and wake who brought it."""
        while self.putters and len(self.items) < self.max_size:
            self.admit_one(self.putters[0])

    def admit_one(self, putter: BlockedPut) -> None:
        """Take in what waits at the door, room or not, and wake who brought it."""
        self._unblock(putter)
        putter.admitted = True
        self.items.append(putter.event)
        blocked_on.pop(putter.greenlet, None)
        get_hub().loop.run_callback(putter.waiter.switch, None)

    def connect(self, connected: bool = True) -> None:
        """Note whether somebody takes what is put in: if not, a module drops it instead."""
        self.connected = connected
        self._update_fast_limit()

    def close(self) -> list[Any]:
        """Let nothing in any more, and turn away who waits at the door.

        Returns:
            What was in the queue.
        """
        self.connected = False
        self.closed = True
        self.limit = 0
        left = [*self.items]
        self.evicted_total += len(left)
        self.items.clear()
        while self.putters:
            putter = self.putters.popleft()
            get_hub().loop.run_callback(putter.waiter.throw, self._closed_error())
        return left

    def resize(self, max_size: int) -> None:
        """Give it room for another number of events, before anything runs."""
        self.max_size = max_size
        self._update_fast_limit()

    def size(self) -> int:
        """Return how many events are in the queue."""
        return len(self.items)

    def empty(self) -> bool:
        """Return whether nothing is in the queue, nor waits at its door."""
        return not self.items and not self.putters

    @property
    def out_total(self) -> int:
        """How many events were ever taken out. A consumer's run is counted when it is over."""
        return self.taken_total + sum(consumer.taken for consumer in self.consumers)

    @property
    def in_total(self) -> int:
        """How many events were ever put in: derived, so that putting need not count."""
        return self.out_total + self.evicted_total + len(self.items)

    def stats(self) -> dict[str, float]:
        """Return the queue's figures.

        Returns:
            `size` (events), `in_total`, `out_total` and `dropped_total` (events since the start),
            `waited_total` (how often somebody waited for room), and `in_rate`, `out_rate`,
            `dropped_rate` (events per second since the previous figures, renewed at most once a
            second).
        """
        totals = (self.in_total, self.out_total, self.dropped_total)
        figures = (len(self.items), *totals, self.waited_total, *self._rates.of(*totals))
        return dict(zip(STATISTICS, figures, strict=True))

    def __repr__(self) -> str:
        """Show where it stands and how full it is."""
        return f"<Queue {self.source} -> {self.destination}, {len(self.items)} of {self.max_size}>"

    def _append(self, event: Any) -> None:
        self.items.append(event)
        if self.getters:
            self._wake_getter()

    def _wake_getter(self) -> None:
        get_hub().loop.run_callback(self.getters.popleft().switch, None)

    def _reserve_slot(self, event: Any, block: bool) -> bool:
        """Wait until the queue has taken the event in, or tell the caller to put it in itself."""
        if self.closed:
            error = self._closed_error()
            nack(event, error)
            raise error
        if len(self.items) < self.max_size and not self.putters:
            if self.getters or not block:
                return True
            self._put_and_look(event)
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

    def _put_and_look(self, event: Any) -> None:
        """Put the event in and give way if the turn is over; afterwards, so that nobody can overtake it."""
        self.items.append(event)
        self._check_interval = (
            1 if time_slice.yield_if_expired() else min(self._check_interval * 2, CLOCK_CHECK_INTERVAL)
        )
        self._update_fast_limit()

    def _drop(self, event: Any) -> None:
        """Drop the event, or the oldest one and put the event in."""
        self.dropped_total += 1
        if self.overflow == "drop_old":
            self.evicted_total += 1
            self.items.append(event)
            event = self.items.popleft()
        message = f"The queue '{self.destination}' was full, and drops what it has no room for."
        nack(event, QueueFull(message))

    def _update_fast_limit(self) -> None:
        """Set at how many events whoever puts must look closer: at once, if all is not as usual."""
        at_once = self.putters or self.getters or not self.connected
        self.limit = 0 if at_once else min(self.max_size, len(self.items) + self._check_interval)

    def _block(self, putter: BlockedPut) -> None:
        self.waited_total += 1
        self.putters.append(putter)
        self.limit = 0
        if self.getters:
            # Fewer events than idle consumers: one of these can take this event in.
            self._wake_getter()
        blocked_on[putter.greenlet] = self
        try:
            putter.waiter.get()
        except BaseException as error:
            # Killed after it was let in, its event is in the queue, and so is the slot's reference.
            if not putter.admitted:
                self._unblock(putter)
                nack(putter.event, error)
            raise
        finally:
            blocked_on.pop(putter.greenlet, None)

    def _unblock(self, putter: BlockedPut) -> None:
        if putter in self.putters:
            self.putters.remove(putter)
            self._update_fast_limit()

    def _closed_error(self) -> QueueMissing:
        return QueueMissing(f"The queue '{self.destination or ''}' was closed: its module has stopped.")


class QueuePool:
    """The queues of one module, by name. Every pool has `success`, `failed`, `logs` and `metrics`."""

    def __init__(self, size: int = 100) -> None:
        """Make the queues that every module has.

        Args:
            size: How many events each queue holds.
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
            name: Letters, digits, `_` and `-`: it stands in routes.

        Raises:
            ReservedName: Every module has a queue of that name already.
            QueueConnected: The module created it before.
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
            QueueMissing: There is none.
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
        """Let another queue take a queue's place, with what is in it: how two queues become one."""
        old = self.queues[name]
        queue.items.extend(old.items)
        queue.consumers.extend(old.consumers)
        self._keep(name, queue)
        self.by_key[old] = queue

    def items(self) -> Iterator[tuple[str, Queue]]:
        """Iterate over names and queues."""
        return iter(self.queues.items())

    def _keep(self, name: str, queue: Queue) -> Queue:
        """Keep a queue so that it is found by its name and by itself, in one look: submitting needs that."""
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
