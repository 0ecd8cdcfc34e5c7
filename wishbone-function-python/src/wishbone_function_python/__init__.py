"""Makes any Python callable a function of the pipeline."""

from __future__ import annotations

from types import GeneratorType
from typing import TYPE_CHECKING, Annotated, Any

from msgspec import Meta

from wishbone.arguments import KeySelector
from wishbone.arguments.convert import ArgumentError, Problem
from wishbone.module import FunctionModule
from wishbone_function_python.intake import intake
from wishbone_function_python.order import Order
from wishbone_function_python.outcome import Several, outgoing
from wishbone_function_python.target import Target  # noqa: TC001 - read as an argument
from wishbone_function_python.workers import Workers

if TYPE_CHECKING:
    from collections.abc import Callable

    from wishbone.actor import ActorConfig
    from wishbone.event import Event

__all__ = ["Python"]


class Python(FunctionModule):
    """Makes any Python callable a function of the pipeline.

    The callable takes the payload and returns the new one. None drops the event, which acknowledges it. A
    generator brings out an event for each value, once it has come to its end; the event that came is
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

    Anything that can be imported can be called: a function, a class, a method of an object in a module. It
    must be installed where wishbone is, or its folder be named in PYTHONPATH. It is imported, and not called,
    to build and to check the pipeline: what cannot be imported, takes more or less than one argument, or has
    a type hint that cannot be resolved is a mistake in the bootstrap file. So what a module of Python does
    while it is imported, `wishbone check` does, too.

    The hint of its parameter decides what it is given. With `Event` it is the event itself, which can be
    changed and returned. With any other type, the payload must fit: a dataclass, a TypedDict or a msgspec
    Struct is made of a mapping, `dict`, `list[int]` or `str` are checked, and an event whose payload does
    not fit fails. Without a hint it is the payload as it is. A dataclass or Struct that is returned goes on
    as a mapping.

    An event fails when the callable raises.

    With `threads`, a callable that blocks, and so would hold up the whole pipeline, runs in native threads:
    as many events at a time. Calls overlap, also those for events of one key, but what comes of them goes on
    in the order in which the events came; with `key`, only the events of one key wait for each other.
    Stopping waits for calls. One that is still at work at the deadline cannot be interrupted, and its event
    counts as failed.

    Args:
        callable: What to call, as `package.module:name`.
        threads: How many native threads call it; with 0 it is called where it must not block.
        key: What events must have in common to be kept in order, with `threads`: a key such as
            `data.user.id`, or a template. If it is not given, all are.

    Queues:
        inbox: The events to call it for.
        outbox: What came of it.
    """

    def __init__(
        self,
        config: ActorConfig,
        callable: Target,  # noqa: A002 - what a user would call it
        threads: Annotated[int, Meta(ge=0, le=1000)] = 0,
        key: KeySelector | None = None,
    ) -> None:
        """Take events from `inbox`, and bring them out by `outbox`."""
        super().__init__(config)
        if key is not None and not threads:
            message = "It is for 'threads': leave it out, or set 'threads'. Without, all events are in order."
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
        self._intake: Callable[[Event], Any] = _never
        self._order = Order()
        self._workers: Workers | None = None

    def preHook(self) -> None:
        """Import the callable, and check whether it can be called."""
        self._inbox = self.pool.getQueue("inbox")
        self._function = self.callable.load()
        self._intake = intake(self._function, self.callable.text)
        if self.threads:
            self._workers = Workers(self.threads)

    def consume(self, event: Event) -> None:
        """Call it, and hand on what it returned."""
        for outcome in outgoing(event, self._call(self._intake(event))):
            self.submit(outcome, self._outbox)

    def consume_in_thread(self, event: Event) -> None:
        """Call it in a thread, and hand on what it returned when it is the event's turn."""
        assert self._workers is not None
        with self._order.place(None if self.key is None else self.key.select(event)) as wait:
            try:
                result = self._workers.call(self._call, self._intake(event))
            except Exception:
                wait(self._inbox)
                raise
            wait(self._inbox)
            for outcome in outgoing(event, result):
                self.submit(outcome, self._outbox)

    def postHook(self) -> None:
        """End the threads."""
        if self._workers is not None:
            self._workers.close()

    def _call(self, argument: Any) -> Any:
        result = self._function(argument)
        return Several(result) if isinstance(result, GeneratorType) else result


def _never(_: Any) -> Any:
    raise AssertionError
