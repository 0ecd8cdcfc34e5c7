"""Actor: what every module is, a set of queues and the greenlets that work on them; and ActorConfig."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING, Any, ClassVar

import gevent
from gevent import Greenlet, Timeout, getcurrent
from gevent.event import Event as Flag

from wishbone import clock
from wishbone._engine.background import Background
from wishbone._engine.consumer import Consumer
from wishbone._engine.shutdown import Undelivered, close_queues, kill, run_post_hook
from wishbone._engine.specialize import clone_code
from wishbone._engine.timeslice import time_slice
from wishbone._engine.wiring import Port, connect
from wishbone.config import ActorConfig
from wishbone.diagnostics.describe import describe, locate
from wishbone.error import InvalidData, ModuleInitFailure, QueueConnected, WishboneError
from wishbone.event import Event, Metric
from wishbone.logging import Logging
from wishbone.queue import Queue, QueuePool

if TYPE_CHECKING:
    from collections.abc import Callable

    from wishbone.acknowledgement import Acknowledgement
    from wishbone.discovery.plugins import Plugins

__all__ = ["Actor", "ActorConfig", "Undelivered"]

STOP_SECONDS = 10.0
"""Seconds that stopping waits for what is in flight, unless it is told otherwise."""

POLL_SECONDS = 0.002
"""Seconds between two looks at whether a module that is being stopped is done."""

DROPS_PER_CLOCK_CHECK = 16
"""Events dropped between two looks at the clock."""


class Actor:
    """A module: it consumes events from its queues, and submits events to its queues.

    The life of a module, and what to write in each part of it:

    - `__init__` takes typed arguments and only declares: queues with `self.pool.createQueue`,
      consumers with `registerConsumer`. It opens nothing, so that a checker can build any module.
    - `preHook` runs once, before the first event: open files, sockets and servers here, and send
      functions to the background. What it raises keeps the whole router from starting.
    - A consumer's function is called with each event of its queue, in order, in a greenlet of its
      own. When it returns, the event goes to `success`; when it raises, the error is noted in the
      event and logged, and the event goes to `failed`. Do not trap errors.
    - A background function runs in a greenlet of its own while `loop()` is true. When it raises it
      is started again after a growing pause; when it returns it is done.
    - `postHook` runs once, after the last event: close here what `preHook` opened.
    """

    dynamic_inputs: ClassVar[bool] = False
    """Whether routes may end in queues of any name, made when a route names them."""

    dynamic_outputs: ClassVar[bool] = False
    """Whether routes may begin in queues of any name, made when a route names them."""

    optional_outputs: ClassVar[frozenset[str]] = frozenset()
    """Queues that are often left unconnected on purpose: a check does not report them. A module that cannot
    fail names `failed` here."""

    final_inputs: ClassVar[frozenset[str]] = frozenset()
    """Queues whose events end in this module: a route into one of them closes no cycle."""

    def __init_subclass__(cls, **arguments: Any) -> None:
        """Give each class a `submit` that is fast for it: every event of every pipeline passes there."""
        super().__init_subclass__(**arguments)
        if "submit" not in vars(cls):
            cls.submit = clone_code(cls.submit)  # type: ignore[method-assign]

    def __init__(self, config: ActorConfig) -> None:
        """Make the queues that every module has.

        Args:
            config: Its name, the size of its queues, how often it produces metrics.
        """
        self.config = config
        self.name = config.name
        self.pool = QueuePool(config.size)
        self._doors = self.pool.doors
        self.logging = Logging(config.name, self.pool.queue.logs)
        self.stopped = True
        self.finished = Flag()
        self.replaced_total = 0
        self.plugins: Plugins | None = None
        self.stop_pipeline: Callable[[str], object] = self._ask_to_stop_alone
        self.closing = False
        self._background: dict[Background, None] = {}
        self._stopping = Flag()
        self._metrics = Greenlet(self.metricProducer)

    def preHook(self) -> None:
        """Open what the module needs. Override it."""

    def postHook(self) -> None:
        """Close what `preHook` opened. Override it."""

    def connect(self, source: str, destination_module: Actor, destination_queue: str) -> None:
        """Make a queue of this module and a queue of another module one.

        The source queue takes the destination's place.

        Args:
            source: The queue of this module that events leave by.
            destination_module: The module that they go to.
            destination_queue: The queue of that module that they arrive in.

        Raises:
            QueueConnected: One of the two has its one connection already.
            QueueMissing: One of the two does not exist, or is used in the wrong direction.
        """
        connect(Port(self, source), Port(destination_module, destination_queue))

    def getChildren(self, queue: str | None = None) -> list[str]:
        """Return what a queue is connected to, or all queues of the module, as `module.queue`.

        Args:
            queue: The queue's name; all queues if it is not given.
        """
        names = self.pool.listQueues(names=True) if queue is None else [queue]
        queues = [(name, self.pool.getQueue(name)) for name in names]
        return [str(found.destination) for name, found in queues if found.source == (self, name)]

    def loop(self) -> bool:
        """Return whether to go on: in a consumer until the deadline, elsewhere until the queues are empty."""
        return not self._stopping.is_set()

    def sleep(self, seconds: float) -> bool:
        """Wait, but not longer than the module is to go on.

        Args:
            seconds: How long.

        Returns:
            What `loop()` returns afterwards.
        """
        self._stopping.wait(seconds)
        return self.loop()

    def registerConsumer(self, function: Callable[[Event], object], queue: str, concurrency: int = 1) -> None:
        """Run a function for each event in a queue.

        Args:
            function: Called with the event.
            queue: The name of the queue.
            concurrency: How many greenlets share the work; with more than one, order is not kept.

        Raises:
            QueueConnected: The queue has a consumer already.
            QueueMissing: There is no such queue.
        """
        found = self.pool.getQueue(queue)
        if found.consumers:
            message = f"The queue '{self.name}.{queue}' has a consumer already: one queue, one function."
            raise QueueConnected(message)
        found.consumers.extend(Consumer(self, function, queue) for _ in range(concurrency))
        found.connect()
        if not self.stopped:
            for consumer in found.consumers:
                consumer.start()

    def sendToBackground(self, function: Callable[..., object], *args: Any, **kwargs: Any) -> None:
        """Run a function in the background, and again after a growing pause when it fails.

        Sent before the module is started, it starts with the module.

        Args:
            function: Ends when `loop()` is false; may submit events until it returns.
            *args: Given to the function.
            **kwargs: Given to the function.
        """
        background = Background(self, function, args, kwargs)
        self._background[background] = None
        if not self.stopped:
            background.start()

    def submit(self, event: Event, queue: str | Queue) -> None:
        """Put an event into a queue of this module.

        It waits while the queue is full. When nothing is connected to the queue the event is dropped,
        by design, and counted: queues that nobody consumes do not fill up.

        Args:
            event: The event.
            queue: The queue, or its name.

        Raises:
            InvalidData: It is no event.
            QueueMissing: The module has no such queue: the event is the caller's still. Or it waited for
                room when the module behind stopped: an acknowledgement is told that the event failed.
        """
        try:
            queue = self._doors[queue]
            acknowledgement = event.acknowledgement
        except (AttributeError, KeyError):
            queue = self._find_door(event, queue)
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
        if len(items) < queue.limit:
            # What `put` does where nobody waits, without the call: most events come this way.
            items.append(event)
        elif queue.connected:
            queue.put(event)
        else:
            self._drop(queue, acknowledgement)

    def metricProducer(self) -> None:
        """Submit the statistics of each queue to `metrics`, every `frequency` seconds."""
        while self.sleep(self.config.frequency):
            metrics = self.pool.queue.metrics
            if not metrics.connected:
                continue
            source = socket.gethostname()
            for queue_name, queue in list(self.pool.items()):
                for statistic, value in queue.stats().items():
                    name = f"module.{self.name}.queue.{queue_name}.{statistic}"
                    self.submit(Event(Metric(clock.time(), "wishbone", source, name, value)), metrics)

    def start(self) -> None:
        """Start the module: `preHook`, then its consumers, its background functions and its metrics.

        Raises:
            ModuleInitFailure: `preHook` raised, or the module was started before: it lives once.
        """
        if not self.stopped or self.closing:
            message = f"The module {self.name!r} was started before, and lives once: build another one."
            raise ModuleInitFailure(message)
        try:
            self.preHook()
        except (Exception, Timeout) as error:
            message = f"Module {self.name!r} could not be started: {describe(error)}"
            self._tell_plugins("on_actor_failed", error=error)
            raise ModuleInitFailure(message) from error
        if not self.loop():
            self.close()
            return
        self.stopped = False
        for queue in self.pool.listQueues():
            for consumer in queue.consumers:
                if consumer.actor is self:
                    consumer.start()
        for background in list(self._background):
            background.start()
        self._metrics.start()

    def stop(self, timeout: float = STOP_SECONDS) -> list[Undelivered]:
        """Stop the module: let it finish what it has, then kill what is left, then `postHook`.

        Called by one of the module's own greenlets it does not wait: that would be for itself.

        Args:
            timeout: Seconds to wait for what is in flight.

        Returns:
            What was left behind.
        """
        if self.stopped:
            return []
        if getattr(getcurrent(), "actor", None) is self:
            gevent.spawn(self.stop, timeout)
            return []
        deadline = clock.monotonic() + timeout
        self.request_stop()
        while not self.idle and clock.monotonic() < deadline:
            gevent.sleep(POLL_SECONDS)
        return self.close()

    @property
    def incoming(self) -> list[tuple[str, Queue]]:
        """Return the queues that events come in by."""
        return [
            (name, queue)
            for name, queue in self.pool.items()
            if queue.destination == (self, name) or (queue.destination is None and queue.consumers)
        ]

    @property
    def drained(self) -> bool:
        """Whether its queues are empty and its consumers wait for more."""
        return all(
            queue.empty() and all(consumer.idle or consumer.dead for consumer in queue.consumers)
            for _, queue in self.incoming
        )

    @property
    def idle(self) -> bool:
        """Whether nothing is left to do: drained, and every background function ended."""
        return self.drained and all(background.dead for background in self._background)

    @property
    def activity(self) -> int:
        """A figure that changes whenever an event moves through one of its queues."""
        return sum(queue.in_total + queue.out_total + queue.dropped_total for _, queue in self.pool.items())

    def request_stop(self) -> None:
        """Turn `loop()` false: a router does when the queues are empty, and for inputs at once."""
        self._stopping.set()

    def close(self) -> list[Undelivered]:
        """Kill what still works, settle what is left as failed, and run `postHook`.

        Returns:
            What was left behind.
        """
        if self.closing:
            return []
        self.closing = True
        self.request_stop()
        left = close_queues(self, self.incoming)
        for _, name, count in left:
            self.logging.warning(f"Stopped with {count} events left in {name!r}.")
        kill([*self._background, self._metrics])
        run_post_hook(self)
        self.stopped = True
        return left

    def fail(self, event: Event, error: BaseException) -> BaseException | None:
        """Note an error in the event, log it, and hand the event to `failed`.

        Returns:
            The error, if nobody takes the event at `failed`.
        """
        event.errors[self.name] = locate(error, self.logging.hide)
        self.logging.error(describe(error), event)
        self._tell_plugins("on_event_failed", event=event, error=error)
        failed = self.pool.queue.failed
        if not failed.connected or event.expired:
            failed.dropped_total += 1
            return error
        self.submit(event, failed)
        return None

    def report_failure(self, message: str, error: BaseException) -> None:
        """Log that a part of the module failed, and tell the plugins."""
        self.logging.error(message)
        self._tell_plugins("on_actor_failed", error=error)

    def replace_consumer(self, consumer: Consumer, death: BaseException) -> None:
        """Start another consumer in the place of one that died of something that is no failed event."""
        consumers = consumer.queue.consumers
        if self.closing or consumer not in consumers:
            return
        self.replaced_total += 1
        replacement = Consumer(self, consumer.function, consumer.queue_name)
        consumers[consumers.index(consumer)] = replacement
        replacement.start()
        self.report_failure(
            f"The consumer of {consumer.queue_name!r} died and is replaced: {describe(death)}", death
        )

    def background_ended(self, background: Background) -> None:
        """Note that a background function is done; the module is finished when all are."""
        self._background.pop(background, None)
        if not self._background:
            self.finished.set()

    def _find_door(self, event: object, queue: str | Queue) -> Queue:
        """Return a queue that is no queue of this module, or tell what is wrong."""
        if not isinstance(event, Event):
            message = f"Only events can be submitted, not {type(event).__name__}: wrap it as Event(value)."
            raise InvalidData(message)
        return queue if isinstance(queue, Queue) else self.pool.getQueue(str(queue))

    def _drop(self, queue: Queue, acknowledgement: Acknowledgement | None) -> None:
        """Count an event that nobody takes, and now and then let others work: dropping never waits."""
        if acknowledgement is not None:
            acknowledgement.release(_closed_error(queue) if queue.closed else None)
        queue.dropped_total += 1
        if not queue.dropped_total % DROPS_PER_CLOCK_CHECK:
            time_slice.yield_if_expired()

    def _ask_to_stop_alone(self, reason: str) -> None:
        """Stop without a router: nobody else is there to be stopped."""
        self.logging.notice(f"Stops: {reason}")
        self.request_stop()

    def _tell_plugins(self, hook: str, **arguments: Any) -> None:
        if self.plugins is not None:
            self.plugins.tell(self, hook, **arguments)


def _closed_error(queue: Queue) -> WishboneError:
    return WishboneError(f"The event was submitted to '{queue.destination}' after that module had stopped.")
