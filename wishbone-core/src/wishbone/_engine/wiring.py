"""Wiring: how a queue of one module and a queue of another become one, and what forbids it."""

from __future__ import annotations

from collections.abc import Callable  # noqa: TC003 - a field of a named tuple
from typing import TYPE_CHECKING, Any, NamedTuple, get_args

from wishbone._engine.state import State, process_of
from wishbone.diagnostics.suggest import did_you_mean
from wishbone.error import ConfigError, QueueConnected, QueueMissing, WishboneError
from wishbone.queue import DEFAULT_QUEUES, Overflow

if TYPE_CHECKING:
    from wishbone._engine.process import ActorProcess
    from wishbone.actor import Actor
    from wishbone.queue import Queue


def _never(_: object) -> bool:
    return False


class ModuleTraits(NamedTuple):
    """What the class of a module declares by the keyword arguments of its definition."""

    dynamic_inputs: bool = False
    """Whether routes may end in queues of any name, created when a route names them."""

    dynamic_outputs: bool = False
    """Whether routes may begin in queues of any name, created when a route names them."""

    optional_outputs: frozenset[str] = frozenset()
    """Queues that users often leave unconnected on purpose: a check does not warn of them."""

    final_inputs: frozenset[str] = frozenset()
    """Queues whose events end in this module: a route into one of them closes no cycle."""

    own_outputs: frozenset[str] = frozenset()
    """Queues of events that the module creates itself: no input sends these again when they fail."""

    replays: Callable[[Any], bool] = _never
    """Tells whether an input, built with its arguments, sends an event again that failed."""


class Port(NamedTuple):
    """One end of a queue: the module there, and the module's name for the queue."""

    module: Actor
    queue: str

    @property
    def process(self) -> ActorProcess:
        """The process that runs the module."""
        return process_of(self.module)

    def __str__(self) -> str:
        """Return it as a route names it: `module.queue`."""
        return f"{self.process.name}.{self.queue}"


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
    known = source.process.pool.hasQueue(source.queue)
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
    destination.process.pool.replaceQueue(destination.queue, queue)


def _outgoing(end: Port) -> Queue:
    """Return the queue that a route may begin in."""
    module = end.process
    if module.traits.dynamic_outputs and not module.pool.hasQueue(end.queue):
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
    module = end.process
    if module.state is not State.CREATED:
        message = f"The module {module.name!r} runs already: connect its queues before it starts."
        raise QueueConnected(message)
    if module.traits.dynamic_inputs and not module.pool.hasQueue(end.queue):
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
    pool = end.process.pool
    del pool.by_key[pool.queues.pop(end.queue)], pool.by_key[end.queue]


def existing(end: Port) -> Queue:
    """Return the queue that a module has.

    Raises:
        QueueMissing: It has none of that name.
    """
    pool = end.process.pool
    if not pool.hasQueue(end.queue):
        message = (
            f"The module {end.process.name!r} has no queue {end.queue!r}."
            f" {did_you_mean(end.queue, pool.listQueues(names=True))}"
        )
        raise QueueMissing(message)
    return pool.getQueue(end.queue)
