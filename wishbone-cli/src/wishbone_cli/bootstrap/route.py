"""Parses one route: `module.queue -> module.queue`, or a mapping with options."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wishbone.diagnostics.suggest import did_you_mean
from wishbone_cli.bootstrap.model import OVERFLOWS, ROUTE_KEYS, RouteDefinition

if TYPE_CHECKING:
    from wishbone_cli.bootstrap.diagnostic import Diagnostics
    from wishbone_cli.bootstrap.location import SourceLocation
    from wishbone_cli.bootstrap.node import Node

ARROW = "->"
_EXAMPLE = "'module.queue -> module.queue', such as 'input.outbox -> stdout.inbox'"


def parse_route(node: Node, path: tuple[object, ...], diagnostics: Diagnostics) -> RouteDefinition | None:
    """Return a route of the routing table, or None after reporting what is wrong with it."""
    if node.invalid:
        return None
    if isinstance(node.value, dict):
        return _from_mapping(node, path, diagnostics)
    if not isinstance(node.value, str) or node.value.count(ARROW) != 1:
        diagnostics.add(node.location, path, f"Expected a route: {_EXAMPLE}. Found {node.shown}.")
        return None
    source, destination = (end.strip() for end in node.value.split(ARROW))
    column = node.value.rindex(destination) if destination else 0
    there = node.location._replace(column=node.location.column + column) if node.plain else node.location
    locations = (node.location, there)
    ends = zip((source, destination), locations, strict=True)
    valid = [_is_queue(end, location, path, diagnostics) for end, location in ends]
    return RouteDefinition(source, destination, node.location, path, locations) if all(valid) else None


def _from_mapping(node: Node, path: tuple[object, ...], diagnostics: Diagnostics) -> RouteDefinition | None:
    before = len(diagnostics.found)
    for key in node.value:
        if key not in ROUTE_KEYS:
            message = f"Unknown key {key!r} in a route. {did_you_mean(str(key), ROUTE_KEYS)}"
            diagnostics.add(node.keys[key], (*path, key), message)
    ends = [_end(node, key, path, diagnostics) for key in ("from", "to")]
    options = {
        **_size(node.get("size"), (*path, "size"), diagnostics),
        **_overflow(node.get("overflow"), (*path, "overflow"), diagnostics),
    }
    if len(diagnostics.found) > before or None in ends:
        return None
    source, destination = (end for end in ends if end is not None)
    locations = (source.location, destination.location)
    return RouteDefinition(source.value, destination.value, node.location, path, locations, options)


def _end(node: Node, key: str, path: tuple[object, ...], diagnostics: Diagnostics) -> Node | None:
    end = node.get(key)
    if end is None:
        diagnostics.add(node.location, path, f"{key!r} is missing: write '{key}: module.queue'.")
        return None
    if end.invalid:
        return None
    if not isinstance(end.value, str):
        diagnostics.add(end.location, (*path, key), f"Expected a queue: 'module.queue'. Found {end.shown}.")
        return None
    return end if _is_queue(end.value, end.location, (*path, key), diagnostics) else None


def _size(node: Node | None, path: tuple[object, ...], diagnostics: Diagnostics) -> dict[str, Any]:
    if node is None or node.invalid:
        return {}
    if type(node.value) is not int:
        node.reinterpret()
    if type(node.value) is not int or node.value < 1:
        diagnostics.add(node.location, path, f"Expected a number of events, at least 1. Found {node.shown}.")
        return {}
    return {"size": node.value}


def _overflow(node: Node | None, path: tuple[object, ...], diagnostics: Diagnostics) -> dict[str, Any]:
    if node is None or node.invalid:
        return {}
    if node.value not in OVERFLOWS:
        known = did_you_mean(str(node.value), OVERFLOWS)
        diagnostics.add(node.location, path, f"Invalid overflow {node.shown}. {known}")
        return {}
    return {"overflow": node.value}


def _is_queue(end: str, location: SourceLocation, path: tuple[object, ...], diagnostics: Diagnostics) -> bool:
    module, _, queue = end.partition(".")
    if module and queue and "." not in queue:
        return True
    wrong = f"{end!r} is not a queue" if end else "One side of the arrow is empty"
    diagnostics.add(location, path, f"{wrong}. Expected a route: {_EXAMPLE}.")
    return False
