"""Calls a Python function for each event."""

from __future__ import annotations

from types import GeneratorType
from typing import TYPE_CHECKING, Annotated, Any

from msgspec import Meta

from wishbone.arguments import KeySelector
from wishbone.arguments.convert import ArgumentError, Problem
from wishbone.module import FunctionModule
from wishbone_function_python.binding import bind_argument
from wishbone_function_python.result import MultiResult, to_events
from wishbone_function_python.sequencer import Sequencer
from wishbone_function_python.target import Target  # noqa: TC001 - read as an argument
from wishbone_function_python.workers import Workers

if TYPE_CHECKING:
    from collections.abc import Callable

    from wishbone.actor import ActorConfig
    from wishbone.event import Event

__all__ = ["Python"]


class Python(FunctionModule):
    """Calls a Python function for each event.

    The function takes the payload and returns the new one. None drops the event and acknowledges it. A
    generator creates one event per value; they are submitted when it is exhausted. The original event is
    acknowledged when all of them are.

        modules:
          input:
            module: wishbone.input.generator
            arguments: {payload: {user: ada}, count: 3}
          python:
            module: wishbone.function.python
            arguments: {callable: "json:dumps"}
          stdout:
            module: wishbone.output.stdout
        routingtable:
          - input.outbox -> python.inbox
          - python.outbox -> stdout.inbox

    Anything importable can be called: a function, a class, a method of an object in a Python module. It must
    be installed in the same environment as wishbone, or its folder must be in PYTHONPATH. Building and
    checking the pipeline import it, but do not call it. A function that cannot be imported, does not accept
    exactly one argument, or has a type hint that cannot be resolved is an error in the bootstrap file. Code
    that a Python module runs at import also runs in `wishbone check`.

    The type hint of the parameter decides what the function gets. With `Event` it gets the event itself,
    which it can change and return. With another type, the payload is converted or checked: a mapping becomes
    a dataclass, TypedDict or msgspec Struct; `dict`, `list[int]` or `str` are checked. An event whose payload
    does not match fails. Without a hint the function gets the payload as it is. A returned dataclass or
    Struct becomes a mapping.

    An event fails when the function raises.

    A function that blocks would stop the whole pipeline; with `threads` it runs in native threads instead,
    one event per thread. Calls overlap, but the results are submitted in the order of the events. With `key`,
    only events of the same key wait for each other. A stop waits for running calls. A call that still runs at
    the deadline cannot be interrupted, and its event fails.

    Args:
        callable: The function, as `package.module:name`.
        threads: Number of native threads; with 0 the function runs in the event loop and must not block.
        key: With `threads`, the key whose events stay in order: a path such as `data.user.id`, or a template.
            By default all events stay in order.

    Queues:
        inbox: The events to call the function for.
        outbox: The results.
    """

    def __init__(
        self,
        config: ActorConfig,
        callable: Target,  # noqa: A002 - what a user would call it
        threads: Annotated[int, Meta(ge=0, le=1000)] = 0,
        key: KeySelector | None = None,
    ) -> None:
        super().__init__(config)
        if key is not None and not threads:
            message = (
                "It needs 'threads': remove 'key' or set 'threads'. Without threads, all events are in order."
            )
            raise ArgumentError(config.name, [Problem(("key",), message)])
        self.callable = callable
        self.threads = threads
        self.key = key
        self._outbox = self.pool.createQueue("outbox")
        self._inbox = self.pool.createQueue("inbox")
        if threads:
            self.registerConsumer(self.consume_in_thread, "inbox", concurrency=threads)
        else:
            self.registerConsumer(self.consume, "inbox")
        self._function: Callable[[Any], Any] = _never
        self._argument_of: Callable[[Event], Any] = _never
        self._sequencer = Sequencer()
        self._workers: Workers | None = None

    def preHook(self) -> None:
        """Import the function, and check that it can be called with one argument."""
        self._inbox = self.pool.getQueue("inbox")
        self._function = self.callable.load()
        self._argument_of = bind_argument(self._function, self.callable.text)
        if self.threads:
            self._workers = Workers(self.threads)

    def consume(self, event: Event) -> None:
        """Call the function, and submit the results."""
        for result in to_events(event, self._call(self._argument_of(event))):
            self.submit(result, self._outbox)

    def consume_in_thread(self, event: Event) -> None:
        """Call the function in a thread, and submit the results after those of earlier events."""
        assert self._workers is not None
        with self._sequencer.enter(None if self.key is None else self.key.select(event)) as wait:
            try:
                returned = self._workers.call(self._call, self._argument_of(event))
            except Exception:
                wait(self._inbox)
                raise
            wait(self._inbox)
            for result in to_events(event, returned):
                self.submit(result, self._outbox)

    def postHook(self) -> None:
        """End the threads."""
        if self._workers is not None:
            self._workers.close()

    def _call(self, argument: Any) -> Any:
        result = self._function(argument)
        return MultiResult(result) if isinstance(result, GeneratorType) else result


def _never(_: Any) -> Any:
    raise AssertionError
