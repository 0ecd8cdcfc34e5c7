"""Reads one route: `module.queue -> module.queue`, or a mapping with more to say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wishbone.diagnostics.suggest import did_you_mean
from wishbone_cli.bootstrap.definition import OVERFLOWS, ROUTE_KEYS, RouteDefinition

if TYPE_CHECKING:
    from wishbone_cli.bootstrap.mistake import Mistakes
    from wishbone_cli.bootstrap.node import Node
    from wishbone_cli.bootstrap.place import Place

ARROW = "->"
_EXAMPLE = "'module.queue -> module.queue', such as 'input.outbox -> stdout.inbox'"


def define_route(node: Node, path: tuple[object, ...], mistakes: Mistakes) -> RouteDefinition | None:
    """Return the route that stands there, or None when it is none.

    Args:
        node: What stands in the routing table.
        path: Where.
        mistakes: Told what is wrong with it.
    """
    if node.broken:
        return None
    if isinstance(node.value, dict):
        return _from_mapping(node, path, mistakes)
    if not isinstance(node.value, str) or node.value.count(ARROW) != 1:
        mistakes.add(node.place, path, f"Expected a route: {_EXAMPLE}. Found {node.shown}.")
        return None
    source, destination = (end.strip() for end in node.value.split(ARROW))
    column = node.value.rindex(destination) if destination else 0
    there = node.place._replace(column=node.place.column + column) if node.plain else node.place
    places = (node.place, there)
    ends = zip((source, destination), places, strict=True)
    right = [_is_queue(end, place, path, mistakes) for end, place in ends]
    if not all(right):
        return None
    return RouteDefinition(source, destination, node.place, path, places)


def _from_mapping(node: Node, path: tuple[object, ...], mistakes: Mistakes) -> RouteDefinition | None:
    before = len(mistakes.found)
    for key in node.value:
        if key not in ROUTE_KEYS:
            message = f"A route has no {key!r}. {did_you_mean(str(key), ROUTE_KEYS)}"
            mistakes.add(node.keys[key], (*path, key), message)
    ends = [_end(node, key, path, mistakes) for key in ("from", "to")]
    options = {
        **_size(node.get("size"), (*path, "size"), mistakes),
        **_overflow(node.get("overflow"), (*path, "overflow"), mistakes),
    }
    if len(mistakes.found) > before or None in ends:
        return None
    source, destination = (end for end in ends if end is not None)
    places = (source.place, destination.place)
    return RouteDefinition(source.value, destination.value, node.place, path, places, options)


def _end(node: Node, key: str, path: tuple[object, ...], mistakes: Mistakes) -> Node | None:
    end = node.get(key)
    if end is None:
        mistakes.add(node.place, path, f"The route has no {key!r}: write {key}: module.queue.")
        return None
    if end.broken:
        return None
    if not isinstance(end.value, str):
        mistakes.add(end.place, (*path, key), f"Expected a queue: 'module.queue'. Found {end.shown}.")
        return None
    return end if _is_queue(end.value, end.place, (*path, key), mistakes) else None


def _size(node: Node | None, path: tuple[object, ...], mistakes: Mistakes) -> dict[str, Any]:
    if node is None or node.broken:
        return {}
    if type(node.value) is not int:
        node.reread()
    if type(node.value) is not int or node.value < 1:
        mistakes.add(node.place, path, f"Expected a number of events, at least 1. Found {node.shown}.")
        return {}
    return {"size": node.value}


def _overflow(node: Node | None, path: tuple[object, ...], mistakes: Mistakes) -> dict[str, Any]:
    if node is None or node.broken:
        return {}
    if node.value not in OVERFLOWS:
        known = did_you_mean(str(node.value), OVERFLOWS)
        mistakes.add(node.place, path, f"Nobody knows what to do at an overflow with {node.shown}. {known}")
        return {}
    return {"overflow": node.value}


def _is_queue(end: str, place: Place, path: tuple[object, ...], mistakes: Mistakes) -> bool:
    module, _, queue = end.partition(".")
    if module and queue and "." not in queue:
        return True
    wrong = f"{end!r} names no queue" if end else "One side of the arrow is empty"
    mistakes.add(place, path, f"{wrong}. Expected a route: {_EXAMPLE}.")
    return False
