"""Faults that a test injects into the consumers of a queue."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from gevent.event import Event as Flag

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from wishbone.event import Event
    from wishbone.queue import Queue


class InjectedError(Exception):
    """The error that an injected fault raises by default."""


def fail_next(queue: Queue, times: int = 1, error: BaseException | None = None) -> None:
    """Make the consumers of a queue fail on the next `times` events, and then work as before.

    Raises:
        AssertionError: The queue has no consumer.
    """
    raised = error or InjectedError("The test made this event fail.")
    for consumer in _consumers(queue):
        consumer.function = _failing(consumer.function, times, raised)


@contextmanager
def stalled(queue: Queue) -> Iterator[None]:
    """Make the consumers of a queue hang on the next event while the context lasts.

    Raises:
        AssertionError: The queue has no consumer.
    """
    released = Flag()
    functions = [(consumer, consumer.function) for consumer in _consumers(queue)]
    for consumer, function in functions:
        consumer.function = _stalling(function, released)
    try:
        yield
    finally:
        for consumer, function in functions:
            consumer.function = function
        released.set()


def _failing(
    function: Callable[[Event], object], times: int, error: BaseException
) -> Callable[[Event], object]:
    def consume(event: Event) -> object:
        nonlocal times
        if times > 0:
            times -= 1
            raise error
        return function(event)

    return consume


def _stalling(function: Callable[[Event], object], released: Flag) -> Callable[[Event], object]:
    def consume(event: Event) -> object:
        released.wait()
        return function(event)

    return consume


def _consumers(queue: Queue) -> list[Any]:
    if not queue.consumers:
        message = f"{queue!r} has no consumer that could fail or stall."
        raise AssertionError(message)
    return queue.consumers
