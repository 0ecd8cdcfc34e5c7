"""Closing: how a module ends, whatever its greenlets do: kill, settle what is left, run `postHook`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import gevent
from gevent import Greenlet, Timeout

from wishbone.diagnostics.describe import describe
from wishbone.error import WishboneError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from wishbone.actor import Actor
    from wishbone.queue import Queue

POST_HOOK_SECONDS = 5.0
"""Seconds that `postHook` is given, even past the deadline: it closes what others depend on."""

KILL_SECONDS = 1.0
"""Seconds that a killed greenlet is given to clean up after itself."""


class Undelivered(NamedTuple):
    """What stopping left behind: events that did not reach their end."""

    module: str
    queue: str
    events: int


def close_queues(actor: Actor, queues: Iterable[tuple[str, Queue]]) -> list[Undelivered]:
    """Kill the consumers of a module, and settle as failed what they leave.

    Returns:
        Where events were left.
    """
    error = WishboneError(f"The module {actor.name!r} was stopped before it was done with the event.")
    counts = [(name, _close_queue(actor, queue, error)) for name, queue in queues]
    return [Undelivered(actor.name, name, count) for name, count in counts if count]


def _close_queue(actor: Actor, queue: Queue, error: WishboneError) -> int:
    # The queue first: a consumer that survives its death finds nothing more to deliver.
    left = queue.close()
    for event in left:
        if event.acknowledgement is not None:
            _settle(actor, event.acknowledgement.release, error)
    kill(queue.consumers)
    for consumer in queue.consumers:
        if not consumer.dead:
            _settle(actor, consumer.abandon, error)
    return len(left) + sum(consumer.killed_busy for consumer in queue.consumers)


def _settle(actor: Actor, release: Callable[[BaseException], object], error: WishboneError) -> None:
    """Settle an event as failed; that this cannot be done must not keep the others from it."""
    try:
        release(error)
    except (Exception, SystemExit, Timeout) as raised:  # noqa: BLE001 - it is reported
        actor.report_failure(f"An event could not be settled: {describe(raised)}", raised)


def kill(greenlets: Sequence[Greenlet[..., Any]]) -> None:
    """Kill greenlets and wait for them, but not for one that refuses to die."""
    gevent.killall(greenlets, block=False)
    gevent.joinall(greenlets, timeout=KILL_SECONDS)


def run_post_hook(actor: Actor) -> None:
    """Run it in a greenlet of its own: the modules behind must be stopped, whatever it does."""
    hook: Any = Greenlet(_post_hook, actor)
    hook.actor = actor
    hook.start()
    hook.join(POST_HOOK_SECONDS)
    if not hook.dead:
        error = WishboneError(f"postHook did not return within {POST_HOOK_SECONDS:g} s, and was killed.")
        actor.report_failure(f"Closing failed: {error}", error)
        kill([hook])


def _post_hook(actor: Actor) -> None:
    try:
        actor.postHook()
    except (Exception, SystemExit, Timeout) as error:  # noqa: BLE001 - it is reported
        actor.report_failure(f"Closing failed: {describe(error)}", error)
