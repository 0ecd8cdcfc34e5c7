"""Lints the graph of a router without running it: finds what is probably unintended."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from wishbone._engine.graph import ordered_components, reachable
from wishbone.actor import traits_of
from wishbone.module import InputModule
from wishbone.queue import DEFAULT_QUEUES
from wishbone_cli.lost_events import lost_events

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wishbone.actor import Actor
    from wishbone.queue import Queue
    from wishbone.router import Default


class GraphWarning(NamedTuple):
    """Something in a graph that runs but is probably unintended."""

    kind: str
    """`unconnected`, `failed`, `unreached`, `unconsumed` or `cycle`."""

    module: str
    queue: str
    message: str


def lint_graph(router: Default) -> list[GraphWarning]:
    """Return what is probably unintended in the graph of a router whose modules are built and connected.

    Args:
        router: The router; it need not have been started.

    Returns:
        First one warning for all modules whose failed events are lost. Then for each module, in the order of
        registration: queues whose events are dropped because they are not connected; queues that are filled
        but not consumed; and whether no event can reach the module, or an event can return to it.
    """
    children = {name: _children(module, router) for name, module in router.modules.items()}
    reached = _reached(router, children)
    cycles = _cycles({name: _forwarding_children(module, router) for name, module in router.modules.items()})
    found = _check_failed(router, _sources(router))
    for module in router.modules.values():
        found.extend(_check_queues(module))
        if module.name not in reached:
            message = f"No event can reach {module.name!r}: add a route from an input to it, or remove it."
            found.append(GraphWarning("unreached", module.name, "", message))
        if module.name in cycles:
            chain = " -> ".join([*cycles[module.name], cycles[module.name][0]])
            message = (
                f"Events can go round in a cycle: {chain}. Add a route out of it, or they fail when their"
                " time to live is over."
            )
            found.append(GraphWarning("cycle", module.name, "", message))
    return found


def _children(module: Actor, router: Default) -> list[str]:
    names = {child.partition(".")[0]: None for child in module.getChildren()}
    return [name for name in names if name in router.modules]


def _forwarding_children(module: Actor, router: Default) -> list[str]:
    """Return the children that may forward the events they receive."""
    ends = [child.partition(".") for child in module.getChildren()]
    names = {
        name: None
        for name, _, queue in ends
        if name in router.modules and queue not in traits_of(router.modules[name]).final_inputs
    }
    return list(names)


def _reached(router: Default, children: dict[str, list[str]]) -> set[str]:
    """Return the modules that events reach: those that produce events, and all that follow them."""
    reached: set[str] = set()
    for name in _sources(router):
        reached.update([name, *reachable(children, name)])
    return reached


def _sources(router: Default) -> set[str]:
    """Return the modules in which events begin."""
    modules = router.modules.values()
    return {module.name for module in modules if isinstance(module, InputModule) or not _consumes(module)}


def _cycles(children: dict[str, list[str]]) -> dict[str, list[str]]:
    """Return the modules of each cycle, by its first module."""
    found = {}
    for group in ordered_components(children):
        if len(group) > 1 or group[0] in children[group[0]]:
            first = min(group, key=list(children).index)
            start = group.index(first)
            found[first] = group[start:] + group[:start]
    return found


def _check_failed(router: Default, sources: set[str]) -> list[GraphWarning]:
    """Return one warning for all modules that lose failed events: usually there are several."""
    lost = lost_events(router, sources)
    if not lost:
        return []
    names = list(lost)
    origins = list(dict.fromkeys(origin for found in lost.values() for origin in found))
    queues = f"'{names[0]}.failed'" if len(names) == 1 else "their queues 'failed'"
    verb = "does" if len(origins) == 1 else "do"
    message = (
        f"Events that fail in {_enumerate(names)} are lost: nothing is connected to {queues},"
        f" and {_enumerate(origins)} {verb} not send events again."
    )
    return [GraphWarning("failed", names[0], "failed", message)]


def _enumerate(names: list[str]) -> str:
    *others, last = map(repr, names)
    return f"{', '.join(others)} and {last}" if others else last


def _check_queues(module: Actor) -> Iterator[GraphWarning]:
    for name, queue in module.pool.items():
        end = f"'{module.name}.{name}'"
        if name in DEFAULT_QUEUES or queue.consumers:
            continue
        if queue.destination is None:
            if name not in traits_of(module).optional_outputs:
                message = f"Events that leave through {end} are dropped: the queue is not connected."
                yield GraphWarning("unconnected", module.name, name, message)
        elif _ends_in(queue, module) and not traits_of(module).dynamic_inputs:
            message = f"Events that enter {end} stay there: the module does not consume that queue."
            yield GraphWarning("unconsumed", module.name, name, message)


def _consumes(module: Actor) -> bool:
    return traits_of(module).dynamic_inputs or any(queue.consumers for queue in _input_queues(module))


def _input_queues(module: Actor) -> list[Queue]:
    return [queue for queue in module.pool.listQueues() if queue.source is None or _ends_in(queue, module)]


def _ends_in(queue: Queue, module: Actor) -> bool:
    return queue.destination is not None and queue.destination.module is module
