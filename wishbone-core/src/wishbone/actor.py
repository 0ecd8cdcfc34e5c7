"""Actor: the contract between a module and wishbone; and ActorConfig."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, overload

from wishbone._engine.batch import EventBatch
from wishbone._engine.names import check_class, reserved_attribute
from wishbone._engine.process import STOP_SECONDS, ActorProcess, State, Undelivered
from wishbone._engine.specialize import clone_code
from wishbone._engine.timeslice import time_slice
from wishbone._engine.wiring import ModuleTraits, Port, connect, existing
from wishbone.config import ActorConfig
from wishbone.error import InvalidData, WishboneError
from wishbone.event import Event
from wishbone.queue import Queue

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from gevent.event import Event as Flag

    from wishbone.acknowledgement import Acknowledgement

__all__ = ["Actor", "ActorConfig", "EventBatch", "ModuleTraits", "Undelivered", "traits_of", "yield_if_due"]

DROPS_PER_CLOCK_CHECK = 16
"""Events dropped between two checks of the time slice."""

yield_if_due = time_slice.yield_if_expired
"""Let other greenlets run if the time slice has expired, and return whether it had.

For a loop that neither waits nor submits events, such as one that parses what a socket received.
"""


class Actor:
    """A module: it consumes events from its queues, and submits events to its queues.

    The life of a module, and what to write in each part of it:

    - `__init__` takes typed arguments and only declares: queues with `self.pool.createQueue`,
      consumers with `registerConsumer`. It opens nothing, so that a checker can build any module.
    - `preHook` runs once, before the first event: open files, sockets and servers here, and send
      functions to the background. If it raises, the whole router does not start.
    - A consumer's function is called with each event of its queue, in order, in a greenlet of its
      own. When it returns, the event goes to `success`. When it raises, the error is recorded in the
      event and logged, and the event goes to `failed`. Do not trap errors.
    - A background function runs in a greenlet of its own while `loop()` is true. When it raises, it
      is restarted after a growing delay; when it returns, it is done.
    - When the module stops, `loop()` returns False, and `sleep` and `wait` return at once. A background
      function then submits the events that it keeps, and returns. Consumers go on until their queues are
      empty. After the deadline, the greenlets that still run are killed.
    - `postHook` runs once, after the last event: close here what `preHook` opened.

    The public names of this class belong to wishbone: a module must not define or assign them. All other
    names belong to the author of the module. Only `preHook` and `postHook` may be overridden.

    A class declares its properties by keyword arguments of its definition, such as
    `class Fanout(FlowModule, dynamic_outputs=True)`. `wishbone check` uses them:

    - `dynamic_inputs`, `dynamic_outputs`: routes may end or begin in queues of any name.
    - `optional_outputs`: names of queues that users may leave unconnected on purpose. A module that
      cannot fail names `failed`.
    - `final_inputs`: names of queues whose events end in this module.
    - `own_outputs`: names of queues for events that the module creates itself: no input sends them again.
    - `replays`: whether an input sends an event again that failed. It is a bool, or a function that takes
      the module, if that depends on the module's arguments.

    Attributes:
        config: The `ActorConfig` that the module was built with.
        name: The name of this instance.
        pool: Its queues, a `QueuePool`.
        logging: Its logger, a `Logging`.
    """

    __wishbone_traits = ModuleTraits()

    def __init_subclass__(
        cls,
        *,
        dynamic_inputs: bool | None = None,
        dynamic_outputs: bool | None = None,
        optional_outputs: Iterable[str] | None = None,
        final_inputs: Iterable[str] | None = None,
        own_outputs: Iterable[str] | None = None,
        replays: bool | Callable[[Any], bool] | None = None,
        **arguments: Any,
    ) -> None:
        """Store what the class declares, and refuse a class that shadows a name of `Actor`."""
        super().__init_subclass__(**arguments)
        check_class(cls, Actor)
        given = {
            "dynamic_inputs": dynamic_inputs,
            "dynamic_outputs": dynamic_outputs,
            "optional_outputs": None if optional_outputs is None else frozenset(optional_outputs),
            "final_inputs": None if final_inputs is None else frozenset(final_inputs),
            "own_outputs": None if own_outputs is None else frozenset(own_outputs),
            "replays": (lambda _: replays) if isinstance(replays, bool) else replays,
        }
        changed = {name: value for name, value in given.items() if value is not None}
        cls.__wishbone_traits = cls.__wishbone_traits._replace(**changed)  # type: ignore[arg-type]
        # Every event passes `submit`: each class gets a copy that the interpreter optimizes for it.
        cls.submit = clone_code(Actor.submit)  # type: ignore[method-assign]

    def __init__(self, config: ActorConfig) -> None:
        """Create the queues that every module has: `success`, `failed`, `logs` and `metrics`.

        Args:
            config: The name, the size of the queues, and the interval of the metrics.
        """
        self.__wishbone_process = process = ActorProcess(self, config, self.__wishbone_traits)
        self.__wishbone_queues = process.pool.by_key
        self.config = config
        self.name = config.name
        self.pool = process.pool
        self.logging = process.logging

    @property
    def stopped(self) -> bool:
        """Whether the module does not run: it was not started yet, or it has stopped."""
        return self.__wishbone_process.state in (State.CREATED, State.STARTING, State.STOPPED)

    @stopped.setter
    def stopped(self, value: object) -> None:
        del value
        raise reserved_attribute(self, "stopped")

    def preHook(self) -> None:
        """Open what the module needs. Override it."""

    def postHook(self) -> None:
        """Close what `preHook` opened. Override it."""

    def connect(self, source: str, destination_module: Actor, destination_queue: str) -> None:
        """Connect a queue of this module to a queue of another module.

        Afterwards the two are one: the source queue replaces the destination queue.

        Args:
            source: The name of the queue through which events leave this module.
            destination_module: The module that receives them.
            destination_queue: The name of the queue through which they enter that module.

        Raises:
            QueueConnected: One of the two queues is connected already.
            QueueMissing: One of the two does not exist, or is used in the wrong direction.
        """
        connect(Port(self, source), Port(destination_module, destination_queue))

    @overload
    def getChildren(self, queue: None = None) -> list[str]: ...

    @overload
    def getChildren(self, queue: str) -> str | None: ...

    def getChildren(self, queue: str | None = None) -> str | list[str] | None:
        """Return the queue that a queue is connected to, as `module.queue`.

        Args:
            queue: The queue's name; None means all queues of the module.

        Returns:
            With a name: the destination, such as `b.inbox`, or None if the queue is not connected.
            Without: the list of the destinations of all connected queues.

        Raises:
            QueueMissing: The module has no queue of that name.
        """
        if queue is not None:
            found = existing(Port(self, queue))
            return str(found.destination) if found.source == (self, queue) else None
        return [str(found.destination) for name, found in self.pool.items() if found.source == (self, name)]

    def loop(self) -> bool:
        """Return whether to go on: True until the module must stop.

        A router stops inputs at once, and other modules when the modules before them have stopped and their
        own queues are empty, or when the deadline has passed. `stop` of a single module stops it at once.
        """
        return self.__wishbone_process.loop()

    def sleep(self, seconds: float) -> bool:
        """Wait, but return at once when the module must stop.

        Args:
            seconds: How long to wait.

        Returns:
            What `loop()` returns afterwards.
        """
        return self.__wishbone_process.sleep(seconds)

    def wait(self, flag: Flag, timeout: float | None = None) -> bool:
        """Wait until a flag is set, but return at once when the module must stop.

        Args:
            flag: A `gevent.event.Event`.
            timeout: Seconds to wait at most; None waits without a limit.

        Returns:
            What `loop()` returns afterwards.
        """
        return self.__wishbone_process.wait(flag, timeout)

    def registerConsumer(
        self,
        function: Callable[..., object],
        queue: str,
        concurrency: int = 1,
        batch: int | None = None,
    ) -> None:
        """Run a function for the events in a queue.

        With `batch`, the function is called with a list of the events that are in the queue, without
        waiting for more. Each event is settled by itself: one that the function passed to `fail` has failed;
        when the function raises, all others have failed, too; when it returns, they have succeeded. The
        list is an `EventBatch`: the function can wait for more events with its `wait_for_more`, and settle
        an event early with its `succeed`.

        Args:
            function: Called with an event, or with a list of events.
            queue: The name of the queue.
            concurrency: How many greenlets call the function; with more than one, order is not kept.
            batch: The largest number of events in a list, at least 1; None passes single events.

        Raises:
            QueueConnected: The queue has a consumer already.
            QueueMissing: There is no such queue, or the module has stopped.
            ConfigError: `concurrency` or `batch` is less than 1.
        """
        self.__wishbone_process.register_consumer(function, queue, concurrency, batch)

    def sendToBackground(self, function: Callable[..., object], *args: Any, **kwargs: Any) -> None:
        """Run a function in the background, and restart it after a growing delay when it raises.

        A function sent before the module is started starts with the module.

        Args:
            function: Must return when `loop()` is false; it may submit events until then.
            *args: Passed to the function.
            **kwargs: Passed to the function.
        """
        self.__wishbone_process.send_to_background(function, args, kwargs)

    def submit(self, event: Event, queue: str | Queue) -> None:
        """Put an event into a queue of this module.

        It blocks while the queue is full. When the queue is not connected, the event is dropped and
        counted, so that a queue without a consumer does not fill up.

        Args:
            event: The event.
            queue: The queue, or its name.

        Raises:
            InvalidData: It is not an event.
            QueueMissing: The module has no such queue, and the caller still holds the event. Or the queue was
                closed while `submit` waited for room, and the event's acknowledgement has failed.
        """
        try:
            queue = self.__wishbone_queues[queue]
            acknowledgement = event.acknowledgement
        except (AttributeError, KeyError):
            queue = self.__resolve_queue(event, queue)
            acknowledgement = event.acknowledgement
        if acknowledgement is not None:
            # The slot takes a reference; the first slot takes the one that the event itself held.
            if event.holds_reference:
                event.holds_reference = False
            elif acknowledgement.references:
                acknowledgement.references += 1
            else:
                acknowledgement.retain()
        items = queue.items
        if len(items) < queue._fast_limit:  # noqa: SLF001 - the fast path of `put`, without the cost of a call
            items.append(event)
        elif queue.connected:
            queue.put(event)
        else:
            _drop(queue, acknowledgement)

    def fail(self, event: Event, error: BaseException) -> BaseException | None:
        """Fail one event: record the error in it, log it, and submit the event to `failed`.

        For one event of a batch, or for an event that the module kept after its consumer returned. The
        consumer's function of a single event raises instead.

        Args:
            event: The event.
            error: Why it failed.

        Returns:
            The error if `failed` is not connected, else None. A module that holds a reference of the
            event's acknowledgement must release it with this value; for events of a batch the engine does.
        """
        return self.__wishbone_process.fail(event, error)

    def stopPipeline(self, reason: str) -> None:
        """Stop the pipeline that the module is part of, without waiting for it.

        Args:
            reason: Why, for the log.
        """
        self.__wishbone_process.ask_to_stop(reason)

    def metricProducer(self) -> None:
        """Submit the statistics of each queue to `metrics`, every `frequency` seconds."""
        self.__wishbone_process.produce_metrics()

    def start(self) -> None:
        """Start the module: `preHook`, then its consumers, its background functions and its metrics.

        Raises:
            ModuleInitFailure: `preHook` raised, or the module was started before: it runs once.
            ReservedName: The module assigned a name that belongs to `Actor`.
        """
        self.__wishbone_process.start()

    def stop(self, timeout: float = STOP_SECONDS) -> list[Undelivered]:
        """Stop the module: let it finish its events, kill what still runs, then run `postHook`.

        A call from one of the module's own greenlets does not wait for the end.

        Args:
            timeout: Seconds to wait for the events in flight.

        Returns:
            The events that were not delivered.
        """
        return self.__wishbone_process.stop(timeout)

    def __resolve_queue(self, event: object, queue: str | Queue) -> Queue:
        """Return the queue, if it is a queue of another module; otherwise raise why the submit failed."""
        if not isinstance(event, Event):
            message = f"Only events can be submitted, not {type(event).__name__}: wrap it as Event(value)."
            raise InvalidData(message)
        return queue if isinstance(queue, Queue) else self.pool.getQueue(str(queue))


def traits_of(module: Actor | type[Actor]) -> ModuleTraits:
    """Return what a module's class declares by keyword arguments.

    Args:
        module: The module, or its class.
    """
    return module._Actor__wishbone_traits  # type: ignore[union-attr,no-any-return] # noqa: SLF001


def _drop(queue: Queue, acknowledgement: Acknowledgement | None) -> None:
    """Drop an event for an unconnected queue and count it. It yields at times, as dropping never blocks."""
    if acknowledgement is not None:
        acknowledgement.release(_closed_error(queue) if queue.closed else None)
    queue.dropped_total += 1
    if not queue.dropped_total % DROPS_PER_CLOCK_CHECK:
        time_slice.yield_if_expired()


def _closed_error(queue: Queue) -> WishboneError:
    return WishboneError(f"The event was submitted to '{queue.destination}' after that module had stopped.")
