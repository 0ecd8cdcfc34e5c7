"""Harness: runs one module, with the test at the other end of each of its queues."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wishbone._engine.process import process_of
from wishbone.actor import Actor, ActorConfig
from wishbone.event import Event, Log, Metric
from wishbone.router import Default
from wishbone_testing.fault import fail_next, stalled
from wishbone_testing.runner import Runner
from wishbone_testing.settlement import Settlement
from wishbone_testing.waiting import TIMEOUT, take, wait_until

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from contextlib import AbstractContextManager

    from gevent.event import Event as Flag


class Harness(Runner):
    """Runs one module between a source and a sink that belong to the test.

        with Harness(Upper) as upper:
            upper.feed("hello")
            assert upper.receive().data == "HELLO"

    The test feeds the queues that the module consumes, and receives from all others. The module starts with
    the context and stops at its end.
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
        """Build the module, and connect its queues.

        Args:
            module: A class, or a name such as `wishbone.flow.funnel`.
            arguments: The arguments of its `__init__`.
            name: The name of the instance.
            size: The size of each queue.
            frequency: Seconds between two rounds of metrics.
            inputs: Queues to feed, if the module has dynamic inputs.
            outputs: Queues to receive from, if the module has dynamic outputs.
            unconnected: Queues to leave unconnected, such as `failed`.
        """
        self.router = Default(size=size, frequency=frequency)
        self.module = self.router.registerModule(module, ActorConfig(name, size, frequency), arguments)
        self._source = self.router.registerModule(_Source, ActorConfig("harness_source", size))
        self._sink = _Sink(ActorConfig("harness_sink", size=1_000_000))
        self.router.modules[self._sink.name] = self._sink
        pool = self.module.pool
        for queue in dict.fromkeys([*pool.listQueues(names=True), *inputs, *outputs]):
            if queue in unconnected:
                continue
            if queue in inputs or (pool.hasQueue(queue) and pool.getQueue(queue).consumers):
                self._source.connect(queue, self.module, queue)
            else:
                self.module.connect(queue, self._sink, f"{_FROM}{queue}")

    def feed(self, data: Any, queue: str = "inbox") -> Event:
        """Submit a payload or an event to a queue of the module, and return the event.

        Blocks while the queue is full.
        """
        event = data if isinstance(data, Event) else Event(data)
        self._source.submit(event, queue)
        return event

    def feed_acknowledged(self, data: Any, queue: str = "inbox") -> Settlement:
        """Submit an event that carries an acknowledgement, and return what it settles as."""
        settlement = Settlement()
        self.feed(Event(data, settlement), queue)
        return settlement

    def received(self, queue: str = "outbox") -> list[Event]:
        """Return the events that left through a queue and were not taken with `receive` yet."""
        return self._sink.received.setdefault(queue, [])

    def receive(self, queue: str = "outbox", timeout: float = TIMEOUT) -> Event:
        """Take the next event that leaves through a queue.

        Raises:
            AssertionError: There was none within `timeout` seconds.
        """
        return self.receive_many(1, queue, timeout)[0]

    def receive_many(self, count: int, queue: str = "outbox", timeout: float = TIMEOUT) -> list[Event]:
        """Take the next `count` events that leave through a queue.

        Raises:
            AssertionError: There were fewer within `timeout` seconds.
        """
        return take(self.received(queue), count, repr(queue), timeout, lambda: f"; logs: {self.messages()}")

    @property
    def drained(self) -> bool:
        """Whether the queues that the module consumes are empty, and its consumers wait."""
        return process_of(self.module).drained

    @property
    def finished(self) -> Flag:
        """Set once all background functions of the module have returned: a `gevent.event.Event`."""
        return process_of(self.module).finished

    @property
    def restarts_total(self) -> int:
        """The number of consumers that died and were replaced."""
        return process_of(self.module).restarts_total

    def request_stop(self) -> None:
        """Make `loop()` of the module return False, as a router does first when it stops."""
        process_of(self.module).request_stop()

    @property
    def logs(self) -> list[Log]:
        """The logs of the module."""
        return [event.data for event in self.received("logs")]

    def messages(self) -> list[str]:
        """Return the messages of the logs."""
        return [log.message for log in self.logs]

    @property
    def metrics(self) -> list[Metric]:
        """The metrics of the module and its queues, every `frequency` seconds."""
        return [event.data for event in self.received("metrics")]

    def fail_next(self, times: int = 1, error: BaseException | None = None, queue: str = "inbox") -> None:
        """Make the consumer of a queue fail on the next events.

        Args:
            times: The number of events.
            error: The error to raise; an `InjectedError` by default.
            queue: A queue of the module. For an outgoing queue such as `outbox`, the next module fails.
        """
        fail_next(self.module.pool.getQueue(queue), times, error)

    def stalled(self, queue: str = "outbox") -> AbstractContextManager[None]:
        """Stall the consumer of a queue while the context lasts, so that the queue fills.

        The consumer holds the first event until the context ends.

        Args:
            queue: An outgoing queue, or `inbox` to make the module itself hang.
        """
        return stalled(self.module.pool.getQueue(queue))

    def wait_until_idle(self, timeout: float = TIMEOUT) -> None:
        """Wait until the module has consumed everything, and the test has received the result.

        Raises:
            AssertionError: It took longer than `timeout` seconds.
        """
        sink = process_of(self._sink)
        wait_until(lambda: self.drained and sink.drained, "the module to be idle", timeout)


_FROM = "from_"
"""Prefix of the sink's queues: the sink has its own `failed` and `logs`."""


class _Source(Actor, dynamic_outputs=True):
    """The test, upstream of the module."""


class _Sink(Actor, dynamic_inputs=True):
    """The test, downstream of the module: keeps events by queue."""

    def __init__(self, config: ActorConfig) -> None:
        super().__init__(config)
        self.received: dict[str, list[Event]] = {}

    def preHook(self) -> None:
        for name in self.pool.listQueues(names=True, default=False):
            received = self.received.setdefault(name.removeprefix(_FROM), [])
            self.registerConsumer(received.append, name)
