"""UndoLog: what was replaced in an event, so that it can be restored."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from wishbone.event import Event

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["ABSENT", "Removed", "UndoLog", "undo"]

ABSENT: Any = object()
"""The old value of a key that did not exist."""


class Removed(NamedTuple):
    """An item that was removed from a list."""

    item: Any


UndoLog: TypeAlias = list[tuple[Any, Any, Any]]
"""For each change: the container (the event itself for its fields), the key or index, and the old value."""


def undo(undo_log: Sequence[tuple[Any, Any, Any]]) -> None:
    """Restore all old values, the last change first."""
    for container, part, old in reversed(undo_log):
        if old is ABSENT:
            del container[part]
        elif isinstance(old, Removed):
            container.insert(part, old.item)
        elif isinstance(container, Event):
            container.set(old, part)
        else:
            container[part] = old
