"""Pipeline: a whole bootstrap file under test, with its inputs and outputs in the test's hands."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from gevent import Timeout

from wishbone._engine.process import process_of
from wishbone.discovery.plugins import Plugins
from wishbone.error import QueueMissing
from wishbone.event import Event, Log
from wishbone_testing.failure import Failures
from wishbone_testing.fault import fail_next, stalled
from wishbone_testing.replacement import check_names, replacements
from wishbone_testing.rewired import RewiredRouter
from wishbone_testing.settlement import Settlement
from wishbone_testing.stand_in import InputStandIn, StandIn
from wishbone_testing.waiting import PATIENCE, let_all_run, take, wait_until

if TYPE_CHECKING:
    import os
    from collections.abc import Collection, Mapping
    from contextlib import AbstractContextManager
    from types import TracebackType

    from wishbone.actor import Actor, Undelivered
    from wishbone.queue import Queue
    from wishbone_testing.failure import Failure


class Pipeline:
    """Runs what bootstrap files describe, with stand-ins of the test in the place of some modules.

        with Pipeline("pipeline.yaml") as pipeline:
            settlement = pipeline.feed_acknowledged({"user": 7}, "input")
            assert pipeline.receive("elasticsearch").data["user"] == 7
            assert settlement.wait().acknowledged

    Unless told otherwise, each input and each output is replaced: no socket is opened and no file is written.
    All else is real: modules, queues, routes, templates and plugins. A module that is replaced need not be
    installed, and what it is told in the file is not checked.

    A queue is named as in a route, `module.queue`. The queue's name can be left out where the module is a
    stand-in that routes lead to (or from, to feed) by one queue only, or has an `inbox` to feed.
    """

    def __init__(
        self,
        *configs: str | os.PathLike[str],
        replace: Collection[str] | Mapping[str, type[Actor] | None] | None = None,
        keep: Collection[str] = (),
        observe: Collection[str] = (),
        environment: Mapping[str, str] | None = None,
    ) -> None:
        """Read the files and build what they describe.

        Args:
            *configs: Bootstrap files, and folders of them.
            replace: The modules to replace; each input and output, if it is not given. Where it is a mapping,
                a class in it is built in the module's place, without arguments.
            keep: Inputs and outputs that are not to be replaced.
            observe: Queues that lead from one module to another, or nowhere, to receive copies from.
            environment: The environment variables that the files may refer to; those of the process, if it is
                not given.

        Raises:
            BootstrapError: Something is wrong with the files.
            NoSuchModule: One that is to be replaced, kept or observed is not in them.
        """
        from wishbone_cli import hookspec  # noqa: PLC0415 - the harness does without
        from wishbone_cli.bootstrap import Diagnostics, Secrets, build, parse, read  # noqa: PLC0415

        diagnostics = Diagnostics(Secrets())
        definition = parse(read([Path(config) for config in configs], diagnostics, environment), diagnostics)
        diagnostics.check()
        check_names(definition, (name.partition(".")[0] for name in observe))
        replaced = replacements(definition, replace, keep)
        self._failures = Failures()
        plugins = Plugins(hookspec)
        plugins.register(self._failures, __name__)
        self.router = RewiredRouter(replaced, observe, plugins)
        build(definition, self.router, diagnostics)
        diagnostics.check()
        self.router.observe_the_unconnected()

    def __enter__(self) -> Self:
        """Start it."""
        self.router.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Stop it: at once where the test failed."""
        self.stop(timeout=PATIENCE if error is None else 0)

    def feed(self, data: Any, queue: str) -> Event:
        """Put an event into a queue, waiting while that is full.

        Args:
            data: The payload, or an event.
            queue: A queue that a stand-in brings events out by (`input`, `input.outbox`), or that a module
                consumes (`parse`, `parse.inbox`).

        Returns:
            The event.
        """
        event = data if isinstance(data, Event) else Event(data)
        self.router.observer.submit(event, self.entrance(queue))
        return event

    def entrance(self, queue: str) -> Queue:
        """Return the queue that `feed` feeds.

        Args:
            queue: As in `feed`.

        Raises:
            AssertionError: Nobody takes events out of it.
        """
        found = self.queue(queue, "source")
        if not found.connected:
            message = f"Nobody takes events out of {queue!r}, so that an event fed there would be dropped."
            raise AssertionError(message)
        return found

    def feed_acknowledged(self, data: Any, queue: str) -> Settlement:
        """Put an event into a queue whose end is of interest.

        Args:
            data: The payload.
            queue: As in `feed`.

        Returns:
            What will become of it.
        """
        settlement = Settlement()
        self.feed(Event(data, settlement), queue)
        return settlement

    def end(self, timeout: float = PATIENCE) -> list[Undelivered]:
        """Let the stand-ins of inputs end, as a file does, and wait until the pipeline has stopped by itself.

        Args:
            timeout: Seconds to wait for that.

        Returns:
            What was left behind.

        Raises:
            AssertionError: It did not stop in time: an input that was kept goes on, for one.
        """
        for module in self.router.modules.values():
            if isinstance(module, InputStandIn):
                module.ended.set()
        with Timeout(timeout, AssertionError(f"The pipeline did not stop by itself within {timeout:g} s.")):
            self.router.block()
        return self.router.undelivered

    def stop(self, timeout: float = PATIENCE) -> list[Undelivered]:
        """Stop it, in order.

        Args:
            timeout: Seconds to wait for what is in flight.

        Returns:
            What was left behind.
        """
        return self.router.stop(timeout)

    def received(self, queue: str) -> list[Event]:
        """Return the events that came out of a queue and were not taken with `receive` yet.

        Args:
            queue: A queue that leads to a stand-in, by either of its ends; one that leads nowhere; one that
                is observed; or the `failed` or `logs` of a module.

        Raises:
            AssertionError: The test cannot see what comes out of the queue.
        """
        found = self.queue(queue, "destination")
        events = self.router.list_of(found)
        if events is not None:
            return events
        module, _, name = queue.partition(".")
        if name == "failed" and not found.connected:
            return [failure.event for failure in self.failures if failure.module == module]
        message = f"What comes out of {queue!r} cannot be seen: name it in 'observe', or replace the module."
        raise AssertionError(message)

    def receive(self, queue: str, timeout: float = PATIENCE) -> Event:
        """Take the next event that comes out of a queue.

        Args:
            queue: As in `received`.
            timeout: Seconds to wait for it.

        Raises:
            AssertionError: None came in time.
        """
        return self.receive_many(1, queue, timeout)[0]

    def receive_many(self, count: int, queue: str, timeout: float = PATIENCE) -> list[Event]:
        """Take the next events that come out of a queue.

        Args:
            count: How many.
            queue: As in `received`.
            timeout: Seconds to wait for them.

        Raises:
            AssertionError: Not so many came in time.
        """
        received = self.received(queue)
        return take(received, count, repr(queue), timeout, lambda: f"; logs: {self.messages()}")

    @property
    def failures(self) -> list[Failure]:
        """What modules failed on, in order, whether or not a route takes it from there."""
        return self._failures.noted

    @property
    def logs(self) -> list[Log]:
        """What the modules logged, as far as the files lead it nowhere."""
        return sorted(
            (
                event.data
                for events in self.router.observer.received.values()
                for event in events
                if isinstance(event.data, Log)
            ),
            key=lambda log: log.time,
        )

    def messages(self) -> list[str]:
        """Return the texts of what the modules logged, each with the module's name before it."""
        return [f"{log.module}: {log.message}" for log in self.logs]

    def wait_until_idle(self, timeout: float = PATIENCE) -> None:
        """Wait until every queue is empty, and everybody waits: for events, for time, for the world outside.

        Args:
            timeout: Seconds to wait.

        Raises:
            AssertionError: It did not come to rest in time.
        """
        wait_until(self.comes_to_rest, "the pipeline to come to rest", timeout)

    def fail_next(self, queue: str, times: int = 1, error: BaseException | None = None) -> None:
        """Let the consumer of a queue fail on the next events, and then work as before.

        Args:
            queue: A queue that a module, real or not, consumes: `parse.inbox`, or `parse`.
            times: On how many events.
            error: What it raises; an `InjectedError` if it is not given.
        """
        fail_next(self.queue(queue, "destination"), times, error)

    def stalled(self, queue: str) -> AbstractContextManager[None]:
        """Let nobody take events out of a queue while the context lasts, so that it fills.

        Args:
            queue: As in `fail_next`.
        """
        return stalled(self.queue(queue, "destination"))

    def queue(self, name: str, end: str = "destination") -> Queue:
        """Return a queue.

        Args:
            name: `module.queue`, or a module's name alone.
            end: Which end the module is at, where its name stands alone and it is a stand-in: `source` or
                `destination`.

        Raises:
            NoSuchModule: There is no such module.
            QueueMissing: It has no such queue, or none or several that could be meant.
        """
        module, dot, queue = name.partition(".")
        found = self.router.getModule(module)
        if dot:
            return found.pool.getQueue(queue)
        if not isinstance(found, StandIn):
            return found.pool.getQueue("inbox")
        own = found.pool.listQueues(names=True, default=False)
        meant = [name for name in own if getattr(found.pool.getQueue(name), end) == (found, name)]
        if len(meant) == 1:
            return found.pool.getQueue(meant[0])
        possible = ", ".join(f"'{module}.{queue}'" for queue in meant) or "none that routes lead to or from"
        message = f"{name!r} does not say which queue of the module is meant. There is: {possible}."
        raise QueueMissing(message)

    def comes_to_rest(self) -> bool:
        """Let everybody run, and return whether every queue is empty and everybody waits."""
        let_all_run()
        return all(process_of(module).drained for module in self.router.modules.values())
