"""Faults that a test injects: a consumer that fails, and one that does not take what is in its queue."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from gevent.event import Event as Flag

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from wishbone.event import Event
    from wishbone.queue import Queue


class InjectedError(Exception):
    """What a consumer raises because a test wants it to."""


def fail_next(queue: Queue, times: int = 1, error: BaseException | None = None) -> None:
    """Let the consumer of a queue fail on the next events, and then work as before.

    Args:
        queue: The queue that it takes from.
        times: On how many events it fails.
        error: What it raises; an `InjectedError` if it is not given.

    Raises:
        AssertionError: Nobody consumes the queue.
    """
    raised = error or InjectedError("The test wants this event to fail.")
    for consumer in _consumers(queue):
        consumer.function = _Failing(consumer.function, times, raised)


@contextmanager
def stalled(queue: Queue) -> Iterator[None]:
    """Let the consumer of a queue take no further event while the context lasts: it hangs on the next one.

    What stands behind that fills the queue, and then who submits has to wait.

    Args:
        queue: The queue that it takes from.

    Raises:
        AssertionError: Nobody consumes the queue.
    """
    gate = Flag()
    functions = [(consumer, consumer.function) for consumer in _consumers(queue)]
    for consumer, function in functions:
        consumer.function = _Waiting(function, gate)
    try:
        yield
    finally:
        for consumer, function in functions:
            consumer.function = function
        gate.set()


class _Failing:
    """Raises for some events, then does what the consumer did."""

    def __init__(self, function: Callable[[Event], object], times: int, error: BaseException) -> None:
        self.function = function
        self.times = times
        self.error = error

    def __call__(self, event: Event) -> object:
        if self.times > 0:
            self.times -= 1
            raise self.error
        return self.function(event)


class _Waiting:
    """Waits for the gate to open, then does what the consumer did."""

    def __init__(self, function: Callable[[Event], object], gate: Flag) -> None:
        self.function = function
        self.gate = gate

    def __call__(self, event: Event) -> object:
        self.gate.wait()
        return self.function(event)


def _consumers(queue: Queue) -> list[Any]:
    if not queue.consumers:
        message = f"Nobody consumes {queue!r}: no consumer of it can fail or stall."
        raise AssertionError(message)
    return queue.consumers
