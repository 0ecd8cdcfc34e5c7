"""Wiring: connects a queue of one module to a queue of another, or says why they cannot be connected."""

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
    """What a module's class declares by keyword arguments of its definition."""

    dynamic_inputs: bool = False
    """Whether a route may end in a queue of any name. The queue is created when a route names it."""

    dynamic_outputs: bool = False
    """Whether a route may begin in a queue of any name. The queue is created when a route names it."""

    optional_outputs: frozenset[str] = frozenset()
    """Queues that users often leave unconnected on purpose: `wishbone check` does not warn about them."""

    final_inputs: frozenset[str] = frozenset()
    """Queues whose events end in this module: a route into such a queue does not close a cycle."""

    own_outputs: frozenset[str] = frozenset()
    """Queues for events that the module creates itself: no input sends these again when they fail."""

    replays: Callable[[Any], bool] = _never
    """Returns whether an input, given as the built module, sends an event again that failed."""


class Port(NamedTuple):
    """One end of a queue: a module, and the module's name for the queue."""

    module: Actor
    queue: str

    @property
    def process(self) -> ActorProcess:
        """The process that runs the module."""
        return process_of(self.module)

    def __str__(self) -> str:
        """Return the port as a route names it: `module.queue`."""
        return f"{self.process.name}.{self.queue}"


def connect(source: Port, destination: Port, size: int | None = None, overflow: Overflow = "block") -> None:
    """Make two queues one: the source queue replaces the destination queue.

    Args:
        source: The port through which events leave a module.
        destination: The port through which they enter the other module.
        size: The events that fit in the queue; None keeps the size of the source queue.
        overflow: What a put on the full queue does.

    Raises:
        ConfigError: Size or overflow is invalid.
        QueueConnected: One of the two is connected already, or the destination's module runs.
        QueueMissing: One of the two does not exist, or is used in the wrong direction.
    """
    if overflow not in get_args(Overflow):
        message = f"Invalid overflow {overflow!r}. {did_you_mean(overflow, get_args(Overflow))}"
        raise ConfigError(message)
    if size is not None and size < 1:
        message = f"The queue '{source}' cannot have the size {size}: give at least 1 event."

        raise ConfigError(message)
    if source == destination:
        message = f"The queue '{source}' cannot be connected to itself."
        raise QueueConnected(message)
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
    """Return the queue in which a route begins, or raise why it cannot."""
    module = end.process
    if module.traits.dynamic_outputs and not module.pool.hasQueue(end.queue):
        module.pool.createQueue(end.queue)
    queue = existing(end)
    if queue.destination is not None:
        message = (
            f"The queue '{end}' is connected already ('{queue.source}' -> '{queue.destination}'), and a"
            " queue has one connection: use a wishbone.flow.fanout to send events to several modules."
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
    """Return the queue in which a route ends, or raise why it cannot."""
    module = end.process
    if module.state not in (State.CREATED, State.STARTING):
        message = f"The module {module.name!r} runs already: connect its queues before it starts."
        raise QueueConnected(message)
    if module.traits.dynamic_inputs and not module.pool.hasQueue(end.queue):
        module.pool.createQueue(end.queue)
    queue = existing(end)
    if queue.source is not None:
        message = (
            f"The queue '{end}' is connected already ('{queue.source}' -> '{queue.destination}'), and a"
            " queue has one connection: use a wishbone.flow.funnel to receive events from several modules."
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
    """Remove a queue that was created for a route that turned out to be invalid."""
    pool = end.process.pool
    del pool.by_key[pool.queues.pop(end.queue)], pool.by_key[end.queue]


def existing(end: Port) -> Queue:
    """Return the queue of a port.

    Raises:
        QueueMissing: The module has no queue of that name.
    """
    pool = end.process.pool
    if not pool.hasQueue(end.queue):
        message = (
            f"The module {end.process.name!r} has no queue {end.queue!r}."
            f" {did_you_mean(end.queue, pool.listQueues(names=True))}"
        )
        raise QueueMissing(message)
    return pool.getQueue(end.queue)
