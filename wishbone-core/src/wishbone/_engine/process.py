"""ActorProcess: the running side of a module, apart from the names that belong to its author."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING, Any

import gevent
from gevent import Greenlet, Timeout, getcurrent
from gevent.event import Event as Flag

from wishbone import clock
from wishbone._engine.background import Background
from wishbone._engine.backpressure import blocked_on
from wishbone._engine.batch import BatchConsumer
from wishbone._engine.consumer import Consumer
from wishbone._engine.names import check_instance
from wishbone._engine.shutdown import Undelivered, close_queues, kill, run_post_hook
from wishbone._engine.state import State, process_of
from wishbone._engine.timeslice import time_slice
from wishbone.diagnostics.describe import describe, locate
from wishbone.error import ConfigError, ModuleInitFailure, PluginFailed, QueueConnected, QueueMissing
from wishbone.event import Event, Metric
from wishbone.logging import Logging
from wishbone.queue import QueuePool

__all__ = ["ActorProcess", "State", "Undelivered", "process_of"]

if TYPE_CHECKING:
    from collections.abc import Callable

    from wishbone._engine.wiring import ModuleTraits
    from wishbone.actor import Actor
    from wishbone.config import ActorConfig
    from wishbone.discovery.plugins import Plugins
    from wishbone.queue import Queue

STOP_SECONDS = 10.0
"""Default seconds that stopping waits for events in flight."""

POLL_SECONDS = 0.002
"""Seconds between two checks whether a module that is being stopped is done."""


class ActorProcess:
    """Runs one module: starts its greenlets, replaces those that die, and stops them.

    It calls back only `preHook`, `postHook` and the functions that the module registered. The router,
    the consumers and the background functions use the process and not the module's attributes, so that
    authors are free to name their attributes and methods.
    """

    def __init__(self, actor: Actor, config: ActorConfig, traits: ModuleTraits) -> None:
        """Create the queues that every module has.

        Args:
            actor: The module.
            config: Its name, the size of its queues, and the interval of its metrics.
            traits: What its class declares about its queues.
        """
        self.actor = actor
        self.config = config
        self.name = config.name
        self.traits = traits
        self.pool = QueuePool(config.size)
        self.logging = Logging(config.name, self.pool.queue.logs)
        self.state = State.CREATED
        self.undelivered: list[Undelivered] = []
        self.stop_requested = Flag()
        self.stopped = Flag()
        self.finished = Flag()
        self.restarts_total = 0
        self.lost_total = 0
        self.returned_total = 0
        self.plugins: Plugins | None = None
        self.stop_pipeline: Callable[[str], object] = self._stop_alone
        self.submit = actor.submit
        self._background: dict[Background, None] = {}
        self._metrics = Greenlet(actor.metricProducer)

    @property
    def closing(self) -> bool:
        """Whether the module is being closed, or is closed: no greenlet is restarted any more."""
        return self.state in (State.STOPPING, State.STOPPED)

    def loop(self) -> bool:
        """Return whether the module may go on: no stop was requested yet."""
        return not self.stop_requested.is_set()

    def sleep(self, seconds: float) -> bool:
        """Wait until the time has passed or the module must stop; return `loop()`."""
        self.stop_requested.wait(seconds)
        return self.loop()

    def wait(self, flag: Flag, timeout: float | None = None) -> bool:
        """Wait until a flag is set, the module must stop, or the time has passed; return `loop()`."""
        if not flag.is_set() and self.loop():
            gevent.wait([flag, self.stop_requested], timeout, count=1)
        return self.loop()

    def register_consumer(
        self, function: Callable[..., object], queue_name: str, concurrency: int, batch: int | None
    ) -> None:
        """Consume a queue, at once if the module runs already."""
        queue = self.pool.getQueue(queue_name)
        if self.closing:
            message = f"The module {self.name!r} has stopped: it cannot consume {queue_name!r} any more."
            raise QueueMissing(message)
        if concurrency < 1 or (batch is not None and batch < 1):
            message = (
                f"The consumer of '{self.name}.{queue_name}': give a concurrency and a batch of at least 1."
            )
            raise ConfigError(message)
        if queue.consumers:
            message = f"The queue '{self.name}.{queue_name}' already has a consumer: one queue, one function."
            raise QueueConnected(message)
        queue.consumers.extend(self._consumer(function, queue_name, batch) for _ in range(concurrency))
        queue.connect()
        if self.state is State.RUNNING:
            for consumer in queue.consumers:
                consumer.start()

    def send_to_background(
        self, function: Callable[..., object], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> None:
        """Run a function in the background, at once if the module runs already."""
        background = Background(self, function, args, kwargs)
        self._background[background] = None
        if self.state is State.RUNNING:
            background.start()

    def start(self) -> None:
        """Run `preHook`, then start the consumers, the background functions and the metrics.

        Raises:
            ModuleInitFailure: `preHook` raised, or the module was started before.
            ReservedName: The module assigned a name that belongs to `Actor`.
        """
        if self.state is not State.CREATED:
            message = f"The module {self.name!r} was started before, and runs once: build another one."
            raise ModuleInitFailure(message)
        self.check_names()
        self.state = State.STARTING
        try:
            self.actor.preHook()
            self.check_names()
        except (Exception, Timeout) as error:
            self.discard()
            message = f"Module {self.name!r} could not be started: {describe(error)}"
            self.tell_plugins("on_actor_failed", error=error)
            raise ModuleInitFailure(message) from error
        if not self.loop():
            self.close()
            return
        self.state = State.RUNNING
        for queue in self.pool.listQueues():
            for consumer in queue.consumers:
                if consumer.process is self:
                    consumer.start()
        for background in list(self._background):
            background.start()
        self._metrics.start()

    def stop(self, timeout: float) -> list[Undelivered]:
        """Let the module finish its events, then close it.

        A call from one of the module's own greenlets does not wait for the end.

        Returns:
            The events that were not delivered.
        """
        if self.state is State.CREATED:
            return []
        if self.state is State.STARTING:
            self.request_stop()  # `start` closes the module when `preHook` has returned
            return []
        if getattr(getcurrent(), "process", None) is self:
            gevent.spawn(self.stop, timeout)
            return []
        deadline = clock.monotonic() + timeout
        self.request_stop()
        while not self.idle and clock.monotonic() < deadline:
            gevent.sleep(POLL_SECONDS)
        return self.close()

    def request_stop(self) -> None:
        """Make `loop()` return False. A router calls this for inputs first, for others once drained."""
        self.stop_requested.set()

    def close(self) -> list[Undelivered]:
        """Kill the greenlets that still run, settle their events as failed, and run `postHook`.

        Background functions are killed first: while they clean up, they can still submit events. A second
        call waits for the first.

        Returns:
            The events that were not delivered.
        """
        if self.closing:
            self.stopped.wait()
            return self.undelivered
        self.state = State.STOPPING
        self.request_stop()
        blocked = self._blocked_outputs()
        kill([*self._background, self._metrics])
        self.undelivered += [*blocked, *close_queues(self)]
        for _, name, count in self.undelivered:
            self.logging.warning(f"Stopped with {count} events left in {name!r}.")
        run_post_hook(self)
        self._end()
        return self.undelivered

    def discard(self) -> list[Undelivered]:
        """End a module that never ran: settle the events in its queues as failed.

        Returns:
            The events that were not delivered.
        """
        if not self.closing:
            self.state = State.STOPPING
            self.undelivered += close_queues(self)
            self._end()
        return self.undelivered

    def check_names(self) -> None:
        """Refuse attributes of the module that shadow a public name of `Actor`.

        Raises:
            ReservedName: The module has such an attribute.
        """
        own = {"config": self.config, "name": self.name, "pool": self.pool, "logging": self.logging}
        check_instance(self.actor, own)

    @property
    def input_queues(self) -> list[tuple[str, Queue]]:
        """The queues through which events enter the module, with their names."""
        return [
            (name, queue)
            for name, queue in self.pool.items()
            if queue.destination == (self.actor, name) or (queue.destination is None and queue.consumers)
        ]

    @property
    def drained(self) -> bool:
        """Whether the queues are empty and the consumers idle, or blocked until the module stops."""
        queues = [queue for _, queue in self.input_queues]
        consumers = [consumer for queue in queues for consumer in queue.consumers]
        if all(consumer.idle or consumer.dead for consumer in consumers):
            return all(queue.empty() for queue in queues)
        return self.loop() and any(self._waits_for_own_background(consumer) for consumer in consumers)

    @property
    def waits_for_stop(self) -> bool:
        """Whether its queues are empty and its consumers only wait for more events: a stop ends that."""
        queues = [queue for _, queue in self.input_queues]
        consumers = [consumer for queue in queues for consumer in queue.consumers]
        return (
            self.loop()
            and all(queue.empty() for queue in queues)
            and all(consumer.idle or consumer.dead or consumer.collecting for consumer in consumers)
        )

    @property
    def idle(self) -> bool:
        """Whether the module is drained and every background function has ended."""
        return self.drained and all(background.dead for background in self._background)

    @property
    def progress(self) -> int:
        """A number that changes whenever an event moves through one of the module's queues."""
        return sum(queue.in_total + queue.out_total + queue.dropped_total for _, queue in self.pool.items())

    def fail(self, event: Event, error: BaseException) -> BaseException | None:
        """Record an error in the event, log it, and submit the event to `failed`.

        Returns:
            The error, if `failed` is not connected: the event's acknowledgement must settle with it.
        """
        batch = self._batch_of(event)
        if batch is not None and batch.is_failed(event):
            return batch.outcome(event)
        outcome = self.hand_to_failed(event, error)
        if batch is not None:
            batch.record_failure(event, outcome)
        # An input may fail thousands of frames in a row, and nothing else here lets other greenlets run.
        time_slice.yield_if_expired()
        return outcome

    def hand_to_failed(self, event: Event, error: BaseException) -> BaseException | None:
        """Do what `fail` does, for an event that is not part of a batch."""
        event.errors[self.name] = locate(error, self.logging.hide)
        self.logging.error(describe(error), event)
        self.tell_plugins("on_event_failed", event=event, error=error)
        failed = self.pool.queue.failed
        if not failed.connected or event.expired:
            failed.dropped_total += 1
            if event.acknowledgement is None:
                self.lost_total += 1
            else:  # the input decides whether it sends the event again
                self.returned_total += 1
            return error
        self.submit(event, failed)
        return None

    def ask_to_stop(self, reason: str) -> None:
        """Log why, and stop the pipeline without waiting for it."""
        self.logging.notice(f"Stops the pipeline: {reason}")
        self.stop_pipeline(reason)

    def report_failure(self, message: str, error: BaseException) -> None:
        """Log that a part of the module failed, and call the hook `on_actor_failed`."""
        self.logging.error(message)
        self.tell_plugins("on_actor_failed", error=error)

    def restart_consumer(self, consumer: Consumer, death: BaseException) -> None:
        """Replace a consumer that died of something other than a failed event."""
        consumers = consumer.queue.consumers
        if self.closing or consumer not in consumers:
            return
        self.restarts_total += 1
        replacement = consumer.successor()
        consumers[consumers.index(consumer)] = replacement
        replacement.start()
        self.report_failure(
            f"The consumer of {consumer.queue_name!r} died and is replaced: {describe(death)}", death
        )

    def background_ended(self, background: Background) -> None:
        """Record that a background function has ended; the module has finished when all have."""
        self._background.pop(background, None)
        if not self._background:
            self.finished.set()

    def tell_plugins(self, hook: str, **arguments: Any) -> None:
        """Call a hook about this module. A strict plugin that raises stops the pipeline, not the caller."""
        if self.plugins is None:
            return
        try:
            self.plugins.call(hook, actor=self.actor, **arguments)
        except PluginFailed as error:
            self.logging.critical(str(error))
            self.stop_pipeline(str(error))

    def produce_metrics(self) -> None:
        """Submit the statistics of each queue to `metrics`, every `frequency` seconds."""
        while self.sleep(self.config.frequency):
            metrics = self.pool.queue.metrics
            if metrics.closed:
                self.logging.notice("No more metrics: the module that consumes them has stopped.")
                return
            if not metrics.connected:
                continue
            source = socket.gethostname()
            for queue_name, queue in list(self.pool.items()):
                for statistic, value in queue.stats().items():
                    name = f"module.{self.name}.queue.{queue_name}.{statistic}"
                    self.submit(Event(Metric(clock.time(), "wishbone", source, name, value)), metrics)

    def _consumer(self, function: Callable[..., object], queue_name: str, batch: int | None) -> Consumer:
        if batch is None:
            return Consumer(self, function, queue_name)
        return BatchConsumer(self, function, queue_name, batch)

    def _batch_of(self, event: Event) -> BatchConsumer | None:
        """Return the consumer that works on a batch with this event, if one does."""
        for queue in self.pool.listQueues():
            for consumer in queue.consumers:
                if isinstance(consumer, BatchConsumer) and consumer.process is self and consumer.has(event):
                    return consumer
        return None

    def _waits_for_own_background(self, consumer: Consumer) -> bool:
        """Whether a consumer waits for room that only the module's own background functions make.

        Such a module keeps events for some time, and submits them when `loop()` returns False. It would take
        that time to wait until its queues are empty first.
        """
        queue = blocked_on.get(consumer)
        background: set[object] = {*self._background}
        return queue is not None and bool(queue.consumers) and background.issuperset(queue.consumers)

    def _blocked_outputs(self) -> list[Undelivered]:
        """Return the events of background functions that wait for room in a queue of the module."""
        blocked = [queue for background in self._background if (queue := blocked_on.get(background))]
        names = [queue.source.queue for queue in blocked if queue.source and queue.source.process is self]
        return [Undelivered(self.name, name, names.count(name)) for name in dict.fromkeys(names)]

    def _end(self) -> None:
        self.state = State.STOPPED
        self.stopped.set()

    def _stop_alone(self, reason: str) -> None:
        """Stop the module only: it runs without a router."""
        del reason  # it is logged
        gevent.spawn(self.stop, STOP_SECONDS)
