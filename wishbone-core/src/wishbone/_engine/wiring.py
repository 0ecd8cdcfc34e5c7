"""Connection: how a queue of one module and a queue of another become one, and what forbids it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, get_args

from wishbone.diagnostics.suggest import did_you_mean
from wishbone.error import ConfigError, QueueConnected, QueueMissing, WishboneError
from wishbone.queue import DEFAULT_QUEUES, Overflow

if TYPE_CHECKING:
    from wishbone.actor import Actor
    from wishbone.queue import Queue


class Port(NamedTuple):
    """One end of a queue: the module there, and what the module calls the queue."""

    module: Actor
    queue: str

    def __str__(self) -> str:
        """Write it as a route does: `module.queue`."""
        return f"{self.module.name}.{self.queue}"


def connect(source: Port, destination: Port, size: int | None = None, overflow: Overflow = "block") -> None:
    """Make two queues one: the source takes the destination's place.

    Args:
        source: Where events leave.
        destination: Where they arrive.
        size: How many events the queue holds; as many as the source's module says, if it is not given.
        overflow: What it does when it is full.

    Raises:
        ConfigError: Size or overflow make no sense.
        QueueConnected: One of the two has its one connection already, or the destination runs.
        QueueMissing: One of the two does not exist, or is used in the wrong direction.
    """
    if overflow not in get_args(Overflow):
        message = f"A queue cannot {overflow!r} on overflow. {did_you_mean(overflow, get_args(Overflow))}"
        raise ConfigError(message)
    if size is not None and size < 1:
        message = f"The queue '{source}' cannot have the size {size}: it holds at least 1 event."
        raise ConfigError(message)
    known = source.module.pool.hasQueue(source.queue)
    queue = _outgoing(source)
    try:
        _incoming(destination)
    except WishboneError:
        if not known:
            _discard(source)
        raise
    queue.overflow = overflow
    if size is not None:
        queue.resize(size)
    queue.source = source
    queue.destination = destination
    queue.connect()
    destination.module.pool.replaceQueue(destination.queue, queue)


def _outgoing(end: Port) -> Queue:
    """Return the queue that a route may begin in."""
    module = end.module
    if module.dynamic_outputs and not module.pool.hasQueue(end.queue):
        module.pool.createQueue(end.queue)
    queue = existing(end)
    if queue.destination is not None:
        message = (
            f"The queue '{end}' is connected already ('{queue.source}' -> '{queue.destination}'), and a"
            " queue has one connection: put a wishbone.flow.fanout between to reach several modules."
        )
        raise QueueConnected(message)
    if queue.consumers:
        outputs = [name for name, other in module.pool.items() if not other.consumers]
        message = (
            f"No route can begin in '{end}': the module consumes that queue itself."
            f" {did_you_mean(end.queue, outputs)}"
        )
        raise QueueMissing(message)
    return queue


def _incoming(end: Port) -> Queue:
    """Return the queue that a route may end in."""
    module = end.module
    if not module.stopped:
        message = f"The module {module.name!r} runs already: connect its queues before it starts."
        raise QueueConnected(message)
    if module.dynamic_inputs and not module.pool.hasQueue(end.queue):
        module.pool.createQueue(end.queue)
    queue = existing(end)
    if queue.source is not None:
        message = (
            f"The queue '{end}' is connected already ('{queue.source}' -> '{queue.destination}'), and a"
            " queue has one connection: put a wishbone.flow.funnel between to let several modules in."
        )
        raise QueueConnected(message)
    if end.queue in DEFAULT_QUEUES:
        inputs = [
            name for name, other in module.pool.items() if name not in DEFAULT_QUEUES and other.consumers
        ]
        message = (
            f"No route can end in '{end}': events only leave by that queue. {did_you_mean(end.queue, inputs)}"
        )
        raise QueueMissing(message)
    return queue


def _discard(end: Port) -> None:
    """Take out a queue that was made for a route that cannot be."""
    pool = end.module.pool
    del pool.doors[pool.queues.pop(end.queue)], pool.doors[end.queue]


def existing(end: Port) -> Queue:
    """Return the queue that a module has.

    Raises:
        QueueMissing: It has none of that name.
    """
    pool = end.module.pool
    if not pool.hasQueue(end.queue):
        message = (
            f"The module {end.module.name!r} has no queue {end.queue!r}."
            f" {did_you_mean(end.queue, pool.listQueues(names=True))}"
        )
        raise QueueMissing(message)
    return pool.getQueue(end.queue)
