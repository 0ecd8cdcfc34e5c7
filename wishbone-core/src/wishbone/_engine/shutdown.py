"""Shutdown of a module: kill its greenlets, settle the events that are left, run `postHook`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import gevent
from gevent import Greenlet, Timeout

from wishbone.diagnostics.describe import describe
from wishbone.error import WishboneError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from wishbone._engine.process import ActorProcess
    from wishbone.queue import Queue

POST_HOOK_SECONDS = 5.0
"""Seconds that `postHook` may take, even past the deadline: it may close what other programs depend on."""

KILL_SECONDS = 1.0
"""Seconds that a killed greenlet may take to clean up."""


class Undelivered(NamedTuple):
    """Events that a module had not finished when it was stopped."""

    module: str
    queue: str
    events: int


def close_queues(process: ActorProcess) -> list[Undelivered]:
    """Kill the consumers of a module, and settle as failed the events that they did not consume.

    Returns:
        The queues in which events were left.
    """
    error = WishboneError(f"The module {process.name!r} was stopped before it had finished with the event.")
    counts = [(name, _close_queue(process, queue, error)) for name, queue in process.input_queues]
    return [Undelivered(process.name, name, count) for name, count in counts if count]


def _close_queue(process: ActorProcess, queue: Queue, error: WishboneError) -> int:
    # The queue first: a consumer that survives being killed must find no more events.
    left = queue.close()
    for event in left:
        if event.acknowledgement is not None:
            _settle(process, event.acknowledgement.release, error)
    kill(queue.consumers)
    while queue.waiting:
        queue.wake_one()  # a greenlet of the module in `get`, which raises now
    for consumer in queue.consumers:
        if consumer:  # it was started, and refuses to die
            _settle(process, consumer.abandon, error)
    return len(left) + sum(consumer.killed_busy for consumer in queue.consumers)


def _settle(process: ActorProcess, release: Callable[[BaseException], object], error: WishboneError) -> None:
    """Settle an event as failed. Log if that raises, so that the other events are still settled."""
    try:
        release(error)
    except (Exception, SystemExit, Timeout) as raised:  # noqa: BLE001 - it is reported
        process.report_failure(f"An event could not be settled: {describe(raised)}", raised)


def kill(greenlets: Sequence[Greenlet[..., Any]]) -> None:
    """Kill greenlets, and wait for them, but not longer than `KILL_SECONDS`: one may ignore being killed."""
    gevent.killall(greenlets, block=False)
    gevent.joinall(greenlets, timeout=KILL_SECONDS)


def run_post_hook(process: ActorProcess) -> None:
    """Run `postHook` in a greenlet of its own, so that one that hangs does not keep other modules running."""
    hook: Any = Greenlet(_post_hook, process)
    hook.process = process
    hook.start()
    hook.join(POST_HOOK_SECONDS)
    if not hook.dead:
        error = WishboneError(f"postHook did not return within {POST_HOOK_SECONDS:g} s, and was killed.")
        process.report_failure(f"Closing failed: {error}", error)
        kill([hook])


def _post_hook(process: ActorProcess) -> None:
    try:
        process.actor.postHook()
    except (Exception, SystemExit, Timeout) as error:  # noqa: BLE001 - it is reported
        process.report_failure(f"Closing failed: {describe(error)}", error)
