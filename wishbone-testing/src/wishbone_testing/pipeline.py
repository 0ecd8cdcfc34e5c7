"""Pipeline: runs a bootstrap file, with its inputs and outputs under the test's control."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from gevent import Timeout

from wishbone._engine.process import process_of
from wishbone.discovery.plugins import Plugins
from wishbone.error import QueueMissing
from wishbone.event import Event, Log
from wishbone_testing.failure import FailureRecorder
from wishbone_testing.fake_module import FakeInput, FakeModule
from wishbone_testing.fault import fail_next, stalled
from wishbone_testing.replacement import check_names, replacements
from wishbone_testing.router import TestRouter
from wishbone_testing.runner import Runner
from wishbone_testing.settlement import Settlement
from wishbone_testing.waiting import TIMEOUT, settle, take, wait_until

if TYPE_CHECKING:
    import os
    from collections.abc import Collection, Mapping
    from contextlib import AbstractContextManager

    from wishbone.actor import Actor, Undelivered
    from wishbone.queue import Queue
    from wishbone_testing.failure import Failure


class Pipeline(Runner):
    """Runs what bootstrap files describe, with fakes in place of some modules.

        with Pipeline("pipeline.yaml") as pipeline:
            settlement = pipeline.feed_acknowledged({"user": 7}, "input")
            assert pipeline.receive("elasticsearch").data["user"] == 7
            assert settlement.wait().acknowledged

    By default, all inputs and outputs are replaced: no socket is opened and no file is written. Everything
    else is real: modules, queues, routes, templates and plugins. A replaced module need not be installed,
    and its arguments are not checked.

    A queue is named as in a route: `module.queue`. The name of the module is enough for a fake with only one
    route to it (from it, to feed), and for a module with an `inbox`.
    """

    def __init__(
        self,
        *configs: str | os.PathLike[str],
        replace: Collection[str] | Mapping[str, type[Actor] | None] | None = None,
        keep: Collection[str] = (),
        observe: Collection[str] = (),
        environment: Mapping[str, str] | None = None,
    ) -> None:
        """Read the files, and build what they describe.

        Args:
            *configs: Bootstrap files, and folders of them.
            replace: The modules to replace; by default all inputs and outputs. A mapping may name the class
                that replaces a module; it is built without arguments.
            keep: Inputs and outputs not to replace.
            observe: Queues between two modules, or unconnected ones, to receive copies from.
            environment: The environment variables for the files; by default those of the process.

        Raises:
            BootstrapError: The files are not valid.
            NoSuchModule: A module to replace, keep or observe does not exist.
        """
        from wishbone_cli import hookspec  # noqa: PLC0415 - a harness does not need it
        from wishbone_cli.bootstrap import Diagnostics, Secrets, build, parse, read  # noqa: PLC0415

        diagnostics = Diagnostics(Secrets())
        definition = parse(read([Path(config) for config in configs], diagnostics, environment), diagnostics)
        diagnostics.check()
        check_names(definition, (name.partition(".")[0] for name in observe))
        replaced = replacements(definition, replace, keep)
        self._recorder = FailureRecorder()
        plugins = Plugins(hookspec)
        plugins.register(self._recorder, __name__)
        self.router: TestRouter = TestRouter(replaced, observe, plugins)
        build(definition, self.router, diagnostics)
        diagnostics.check()
        self.router.observe_unconnected()

    def feed(self, data: Any, queue: str) -> Event:
        """Put a payload or an event into a queue, and return the event. Blocks while the queue is full.

        Args:
            data: The payload or event.
            queue: An outgoing queue of a fake (`input`, `input.outbox`), or a queue that a module consumes
                (`parse`, `parse.inbox`).
        """
        event = data if isinstance(data, Event) else Event(data)
        self.router.observer.submit(event, self.entrance(queue))
        return event

    def feed_acknowledged(self, data: Any, queue: str) -> Settlement:
        """Feed an event that carries an acknowledgement, and return what it settles as."""
        settlement = Settlement()
        self.feed(Event(data, settlement), queue)
        return settlement

    def entrance(self, queue: str) -> Queue:
        """Return the queue that `feed` puts events into.

        Raises:
            AssertionError: The queue has no consumer.
        """
        found = self.queue(queue, "source")
        if not found.connected:
            message = f"{queue!r} has no consumer: an event fed there would be dropped."
            raise AssertionError(message)
        return found

    def end(self, timeout: float = TIMEOUT) -> list[Undelivered]:
        """End the fake inputs, as a file ends, and wait until the pipeline has stopped by itself.

        Returns:
            The events that were not delivered.

        Raises:
            AssertionError: It took longer than `timeout` seconds: an input that was kept may still run.
        """
        for module in self.router.modules.values():
            if isinstance(module, FakeInput):
                module.ended.set()
        with Timeout(timeout, AssertionError(f"The pipeline did not stop by itself within {timeout:g} s.")):
            self.router.block()
        return self.router.undelivered

    def received(self, queue: str) -> list[Event]:
        """Return the events that left through a queue and were not taken with `receive` yet.

        Args:
            queue: Either end of a route to a fake, an unconnected or an observed queue, or the `failed` or
                `logs` of a module.

        Raises:
            AssertionError: The test cannot see the events of the queue.
        """
        found = self.queue(queue)
        events = self.router.received_from(found)
        if events is not None:
            return events
        module, _, name = queue.partition(".")
        if name == "failed" and not found.connected:
            return [failure.event for failure in self.failures if failure.module == module]
        message = f"Cannot see the events of {queue!r}: name it in 'observe', or replace the module."
        raise AssertionError(message)

    def receive(self, queue: str, timeout: float = TIMEOUT) -> Event:
        """Take the next event of a queue, named as in `received`.

        Raises:
            AssertionError: There was none within `timeout` seconds.
        """
        return self.receive_many(1, queue, timeout)[0]

    def receive_many(self, count: int, queue: str, timeout: float = TIMEOUT) -> list[Event]:
        """Take the next `count` events of a queue, named as in `received`.

        Raises:
            AssertionError: There were fewer within `timeout` seconds.
        """
        received = self.received(queue)
        return take(received, count, repr(queue), timeout, lambda: f"; logs: {self.messages()}")

    @property
    def failures(self) -> list[Failure]:
        """The events that modules failed on, whether or not their `failed` is connected."""
        return self._recorder.failures

    @property
    def logs(self) -> list[Log]:
        """The logs of all modules whose `logs` the files leave unconnected."""
        received = self.router.observer.received.values()
        logs = [event.data for events in received for event in events if isinstance(event.data, Log)]
        return sorted(logs, key=lambda log: log.time)

    def messages(self) -> list[str]:
        """Return the messages of the logs, each after the name of its module."""
        return [f"{log.module}: {log.message}" for log in self.logs]

    def wait_until_idle(self, timeout: float = TIMEOUT) -> None:
        """Wait until all queues are empty, and all modules wait for time, for I/O, or for events.

        Raises:
            AssertionError: It took longer than `timeout` seconds.
        """
        wait_until(self.is_idle, "the pipeline to be idle", timeout)

    def is_idle(self) -> bool:
        """Let all greenlets run until they wait, and return whether all queues are empty then."""
        settle()
        return all(process_of(module).drained for module in self.router.modules.values())

    def fail_next(self, queue: str, times: int = 1, error: BaseException | None = None) -> None:
        """Make the consumer of a queue fail on the next events.

        Args:
            queue: A queue that a module or a fake consumes: `parse.inbox`, or `parse`.
            times: The number of events.
            error: The error to raise; an `InjectedError` by default.
        """
        fail_next(self.queue(queue), times, error)

    def stalled(self, queue: str) -> AbstractContextManager[None]:
        """Stall the consumer of a queue, named as in `fail_next`, while the context lasts."""
        return stalled(self.queue(queue))

    def queue(self, name: str, end: str = "destination") -> Queue:
        """Return a queue.

        Args:
            name: `module.queue`, or the name of a module.
            end: For the name of a fake alone, the end of the route where it is: `source` or `destination`.

        Raises:
            NoSuchModule: There is no such module.
            QueueMissing: There is no such queue, or the name of the module is not enough.
        """
        module, dot, queue = name.partition(".")
        found = self.router.getModule(module)
        if dot:
            return found.pool.getQueue(queue)
        if not isinstance(found, FakeModule):
            return found.pool.getQueue("inbox")
        own = found.pool.listQueues(names=True, default=False)
        possible = [name for name in own if getattr(found.pool.getQueue(name), end) == (found, name)]
        if len(possible) == 1:
            return found.pool.getQueue(possible[0])
        listed = ", ".join(f"'{module}.{queue}'" for queue in possible) or "none that is in a route"
        message = f"{name!r} does not say which queue of the module you mean. It has: {listed}."
        raise QueueMissing(message)
