"""The graph of modules and routes: topological order, cycles, and reachable modules."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


def ordered_components(children: Mapping[str, Iterable[str]]) -> list[list[str]]:
    """Return the strongly connected components of a graph, in topological order.

    Args:
        children: For each module, the modules that its queues are connected to.

    Returns:
        Groups of modules, from the inputs to the outputs. A group is one module, or the modules of
        one cycle. (Tarjan, Depth-First Search and Linear Graph Algorithms, 1972; in linear time.)
    """
    found: list[list[str]] = []
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    path: list[str] = []
    on_path: set[str] = set()
    for root in children:
        if root in index:
            continue
        # An explicit stack: a chain of a thousand modules would exceed Python's recursion limit.
        stack = [(root, iter(children[root]))]
        index[root] = low[root] = len(index)
        path.append(root)
        on_path.add(root)
        while stack:
            module, rest = stack[-1]
            for child in rest:
                if child not in index:
                    index[child] = low[child] = len(index)
                    path.append(child)
                    on_path.add(child)
                    stack.append((child, iter(children[child])))
                    break
                if child in on_path:
                    low[module] = min(low[module], index[child])
            else:
                stack.pop()
                if stack:
                    parent = stack[-1][0]
                    low[parent] = min(low[parent], low[module])
                if low[module] == index[module]:
                    start = _last_index(path, module)
                    group = path[start:]
                    del path[start:]
                    on_path.difference_update(group)
                    found.append(group)
    found.reverse()
    return found


def reachable(children: Mapping[str, Iterable[str]], start: str) -> list[str]:
    """Return the modules that events of one module can reach, the nearest first."""
    found: dict[str, None] = {}
    waiting = list(children[start])
    for module in waiting:
        if module not in found:
            found[module] = None
            waiting.extend(children[module])
    return list(found)


def _last_index(path: list[str], module: str) -> int:
    """Return the index of a module, searched from the end: it is usually close to it."""
    position = len(path) - 1
    while path[position] != module:
        position -= 1
    return position
