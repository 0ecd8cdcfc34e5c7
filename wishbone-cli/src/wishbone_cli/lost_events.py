"""Finds the modules whose failed events are lost."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wishbone._engine.graph import reachable
from wishbone.actor import traits_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wishbone.actor import Actor
    from wishbone.router import Default

GENERATED = frozenset({"logs", "metrics"})
"""The queues of every module whose events do not come from an input."""


def lost_events(router: Default, sources: set[str]) -> dict[str, list[str]]:
    """Return the modules that lose the events on which they fail.

    A failed event is not lost when `failed` is connected, or when the input that sent it sends it again. A
    module that gets only failed events is not reported: it is the last resort, and its failures are logged.

    Args:
        router: The router; its modules are built and connected.
        sources: The names of the modules where events begin.

    Returns:
        The names of these modules in the order of their registration, each with the origins of the lost
        events: an input, as `name`, or the queue of another module that creates events, as `name.queue`.
    """
    onward = {
        name: [child for queue, child in _routes(module, router) if _passes_on(module, queue)]
        for name, module in router.modules.items()
    }
    lost: dict[str, list[str]] = {}
    for origin, first in _origins(router, sources):
        for name in dict.fromkeys([first, *reachable(onward, first)]):
            lost.setdefault(name, []).append(origin)
    return {
        name: list(dict.fromkeys(lost[name]))
        for name, module in router.modules.items()
        if name in lost
        and module.pool.queue.failed.destination is None
        and "failed" not in traits_of(module).optional_outputs
    }


def _origins(router: Default, sources: set[str]) -> Iterator[tuple[str, str]]:
    """Yield each origin of events that are not sent again, with a module that gets them."""
    for name, module in router.modules.items():
        replays = traits_of(module).replays(module)
        for queue, child in _routes(module, router):
            if queue in GENERATED or queue in traits_of(module).own_outputs:
                yield f"{name}.{queue}", child
            elif name in sources and not replays and queue != "failed":
                yield name, child


def _routes(module: Actor, router: Default) -> Iterator[tuple[str, str]]:
    """Yield the connected queues of a module, each with the module that it leads to."""
    for name, queue in module.pool.items():
        child = str(queue.destination).partition(".")[0]
        if queue.source == (module, name) and child in router.modules:
            yield name, child


def _passes_on(module: Actor, queue: str) -> bool:
    return queue != "failed" and queue not in GENERATED and queue not in traits_of(module).own_outputs
