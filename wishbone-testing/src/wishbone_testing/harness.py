"""Harness: runs one module, with the test at the other end of each of its queues."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from wishbone._engine.process import process_of
from wishbone.actor import Actor, ActorConfig
from wishbone.event import Event, Log, Metric
from wishbone.router import Default
from wishbone_testing.fault import fail_next, stalled
from wishbone_testing.settlement import Settlement
from wishbone_testing.waiting import PATIENCE, take, wait_until

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from contextlib import AbstractContextManager
    from types import TracebackType

    from gevent.event import Event as Flag

    from wishbone.actor import Undelivered


class Harness:
    """Runs one module between two that belong to the test.

        with Harness(Upper) as upper:
            upper.feed("hello")
            assert upper.receive().data == "HELLO"

    Every queue that the module does not consume is connected to the test, unless told otherwise. The
    module starts with the context, and has stopped when the context ends.
    """

    def __init__(
        self,
        module: type[Actor] | str,
        arguments: Mapping[str, Any] | None = None,
        *,
        name: str = "module",
        size: int = 100,
        frequency: float = 10,
        inputs: Sequence[str] = (),
        outputs: Sequence[str] = (),
        unconnected: Sequence[str] = (),
    ) -> None:
        """Build the module and what surrounds it.

        Args:
            module: Its class, or a name such as `wishbone.flow.funnel`.
            arguments: What its `__init__` takes.
            name: The name of the instance.
            size: How many events each queue holds.
            frequency: Seconds between two rounds of metrics.
            inputs: Queues to feed, for a module that takes any.
            outputs: Queues to receive from, for a module that brings out by any.
            unconnected: Queues to leave unconnected, such as `failed`.
        """
        self.router = Default(size=size, frequency=frequency)
        self.module = self.router.registerModule(module, ActorConfig(name, size, frequency), arguments)
        self._source = self.router.registerModule(_Source, ActorConfig("harness_source", size))
        self._sink = _Sink(ActorConfig("harness_sink", size=1_000_000))
        self.router.modules[self._sink.name] = self._sink
        for queue in dict.fromkeys([*self.module.pool.listQueues(names=True), *inputs, *outputs]):
            self._connect(queue, incoming=queue in inputs, skip=queue in unconnected)

    def __enter__(self) -> Self:
        """Start the module."""
        self.router.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Stop the module: at once where the test failed."""
        self.stop(timeout=PATIENCE if error is None else 0)

    def feed(self, data: Any, queue: str = "inbox") -> Event:
        """Submit an event to a queue of the module, waiting while that is full.

        Args:
            data: The payload, or an event.
            queue: The queue's name.

        Returns:
            The event.
        """
        event = data if isinstance(data, Event) else Event(data)
        self._source.submit(event, queue)
        return event

    def feed_acknowledged(self, data: Any, queue: str = "inbox") -> Settlement:
        """Submit an event whose end is of interest.

        Returns:
            What will become of it.
        """
        settlement = Settlement()
        self.feed(Event(data, settlement), queue)
        return settlement

    def received(self, queue: str = "outbox") -> list[Event]:
        """Return the events that came out of a queue and were not taken with `receive` yet."""
        return self._sink.received.setdefault(queue, [])

    def receive(self, queue: str = "outbox", timeout: float = PATIENCE) -> Event:
        """Take the next event that comes out of a queue.

        Args:
            queue: The queue's name.
            timeout: Seconds to wait for it.

        Raises:
            AssertionError: None came in time.
        """
        return self.receive_many(1, queue, timeout)[0]

    def receive_many(self, count: int, queue: str = "outbox", timeout: float = PATIENCE) -> list[Event]:
        """Take the next events that come out of a queue.

        Args:
            count: How many.
            queue: The queue's name.
            timeout: Seconds to wait for them.

        Raises:
            AssertionError: Not so many came in time.
        """
        return take(self.received(queue), count, repr(queue), timeout, lambda: f"; logs: {self.messages()}")

    @property
    def drained(self) -> bool:
        """Whether the module's queues are empty and its consumers wait for more."""
        return process_of(self.module).drained

    @property
    def finished(self) -> Flag:
        """Set when all background functions of the module have returned."""
        return process_of(self.module).finished

    @property
    def restarts_total(self) -> int:
        """How many consumers of the module died and were replaced."""
        return process_of(self.module).restarts_total

    def request_stop(self) -> None:
        """Make `loop()` of the module return False, as a router does when it stops."""
        process_of(self.module).request_stop()

    @property
    def logs(self) -> list[Log]:
        """What the module logged."""
        return [event.data for event in self.received("logs")]

    def messages(self) -> list[str]:
        """Return the texts of what the module logged."""
        return [log.message for log in self.logs]

    @property
    def metrics(self) -> list[Metric]:
        """What the module measured, its queues' statistics among it, every `frequency` seconds."""
        return [event.data for event in self.received("metrics")]

    def fail_next(self, times: int = 1, error: BaseException | None = None, queue: str = "inbox") -> None:
        """Let the consumer of a queue fail on the next events: the module's, or the one behind the module.

        Args:
            times: On how many events.
            error: What it raises; an `InjectedError` if it is not given.
            queue: The queue's name, such as `outbox` for what stands behind the module.
        """
        fail_next(self.module.pool.getQueue(queue), times, error)

    def stalled(self, queue: str = "outbox") -> AbstractContextManager[None]:
        """Let nobody take events out of a queue while the context lasts, so that it fills.

        The first event is taken out, and stays with its consumer until the context ends.

        Args:
            queue: The queue's name, such as `inbox` for a module that hangs.
        """
        return stalled(self.module.pool.getQueue(queue))

    def wait_until_idle(self, timeout: float = PATIENCE) -> None:
        """Wait until the module has consumed what was fed, and the test has what came of it.

        Raises:
            AssertionError: It did not come to rest in time.
        """
        sink = process_of(self._sink)
        wait_until(lambda: self.drained and sink.drained, "the module to come to rest", timeout)

    def stop(self, timeout: float = PATIENCE) -> list[Undelivered]:
        """Stop the module, in order.

        Args:
            timeout: Seconds to wait for what is in flight.

        Returns:
            What was left behind.
        """
        return self.router.stop(timeout)

    def _connect(self, queue: str, *, incoming: bool, skip: bool) -> None:
        pool = self.module.pool
        consumed = pool.hasQueue(queue) and bool(pool.getQueue(queue).consumers)
        if skip:
            return
        if incoming or consumed:
            self._source.connect(queue, self.module, queue)
        else:
            self.module.connect(queue, self._sink, f"{_FROM}{queue}")


_FROM = "from_"
"""Put before a queue's name where it reaches the test, which has a `failed` and `logs` of its own."""


class _Source(Actor, dynamic_outputs=True):
    """The test, before the module."""


class _Sink(Actor, dynamic_inputs=True):
    """The test, behind the module: keeps what comes, by queue."""

    def __init__(self, config: ActorConfig) -> None:
        super().__init__(config)
        self.received: dict[str, list[Event]] = {}

    def preHook(self) -> None:
        for name in self.pool.listQueues(names=True, default=False):
            received = self.received.setdefault(name.removeprefix(_FROM), [])
            self.registerConsumer(received.append, name)
