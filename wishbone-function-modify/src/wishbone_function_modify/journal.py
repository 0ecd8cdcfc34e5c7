"""Journal: what was replaced in an event, so that it can be put back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from wishbone.event import Event

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["ABSENT", "Journal", "Removed", "undo"]

ABSENT: Any = object()
"""Stands for what was not there."""


class Removed(NamedTuple):
    """An item that was taken out of a list."""

    item: Any


Journal: TypeAlias = list[tuple[Any, Any, Any]]
"""For each change: the container (an event, for its fields), the part of it, and what stood there."""


def undo(journal: Sequence[tuple[Any, Any, Any]]) -> None:
    """Put everything back, the last change first."""
    for container, part, old in reversed(journal):
        if old is ABSENT:
            del container[part]
        elif isinstance(old, Removed):
            container.insert(part, old.item)
        elif isinstance(container, Event):
            container.set(old, part)
        else:
            container[part] = old
