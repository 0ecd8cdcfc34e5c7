"""Accessors: functions that set, change and remove the value of a key, compiled once for each key.

An accessor gets the plain dict that holds the last part of its key, if there is one, which is the usual case.
Otherwise it uses `fallback`. Both record the old values in the undo log.
"""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING, Any, TypeAlias

from wishbone.arguments.key import split_key
from wishbone_function_modify.fallback import take_key, write_key
from wishbone_function_modify.undo import ABSENT

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from wishbone.event import Event
    from wishbone_function_modify.undo import UndoLog

__all__ = [
    "Apply",
    "Container",
    "compile_change",
    "compile_fill",
    "compile_find",
    "compile_move",
    "compile_read",
    "compile_set",
    "compile_take",
]

Container: TypeAlias = dict[str, Any]
Apply: TypeAlias = "Callable[[Event, Container | None, UndoLog], object]"
"""Applies an operation to an event; its container is the plain dict of its key, or None."""


def compile_set(key: str, value: Any) -> Apply:
    """Compile setting a key to an immutable value."""
    name = split_key(key)[-1]

    def set_value(event: Event, container: Container | None, undo_log: UndoLog) -> None:
        if container is None:
            write_key(event, undo_log, key, value)
        else:
            undo_log.append((container, name, container.get(name, ABSENT)))
            container[name] = value

    return set_value


def compile_fill(key: str, make: Callable[[Event], Any]) -> Apply:
    """Compile setting a key to the result of `make`."""
    name = split_key(key)[-1]

    def fill(event: Event, container: Container | None, undo_log: UndoLog) -> None:
        value = make(event)
        if container is None:
            write_key(event, undo_log, key, value)
        else:
            undo_log.append((container, name, container.get(name, ABSENT)))
            container[name] = value

    return fill


def compile_change(key: str, change: Callable[[Any], Any]) -> Apply:
    """Compile replacing the value of a key by the result of `change`. A missing key raises `KeyMissing`."""
    name = split_key(key)[-1]

    def change_value(event: Event, container: Container | None, undo_log: UndoLog) -> None:
        try:
            old = container[name]  # type: ignore[index]  # None raises TypeError
        except (KeyError, TypeError):
            write_key(event, undo_log, key, change(event.get(key)))
        else:
            container[name] = change(old)  # type: ignore[index]
            undo_log.append((container, name, old))

    return change_value


def compile_take(key: str) -> Apply:
    """Compile removing a key. A missing key raises `KeyMissing`."""
    name = split_key(key)[-1]

    def take(event: Event, container: Container | None, undo_log: UndoLog) -> None:
        try:
            old = container.pop(name)  # type: ignore[union-attr]  # None raises AttributeError
        except (KeyError, AttributeError):
            take_key(event, undo_log, key)
        else:
            undo_log.append((container, name, old))

    return take


def compile_move(source: str, destination: str) -> Apply:
    """Compile moving the value of a key to another. A missing key raises `KeyMissing`."""
    name, new_name = split_key(source)[-1], split_key(destination)[-1]

    def move(event: Event, container: Container | None, undo_log: UndoLog) -> None:
        try:
            value = container.pop(name)  # type: ignore[union-attr]  # None raises AttributeError
        except (KeyError, AttributeError):
            write_key(event, undo_log, destination, take_key(event, undo_log, source))
        else:
            undo_log.append((container, name, value))
            undo_log.append((container, new_name, container.get(new_name, ABSENT)))  # type: ignore[union-attr]
            container[new_name] = value  # type: ignore[index]

    return move


def compile_read(key: str) -> Callable[[Event], Any]:
    """Compile reading a key. A missing key raises `KeyMissing`."""
    *parent, name = split_key(key)
    if not parent:
        return attrgetter(name)
    find = compile_find(parent)

    def read(event: Event) -> Any:
        container = find(event)
        return container[name] if container is not None and name in container else event.get(key)

    return read


def compile_find(path: Sequence[str]) -> Callable[[Event], Container | None]:
    """Compile finding a container in an event: a plain dict, or None if the value is something else.

    Args:
        path: The parts of its key, if it has any.
    """
    if not path:
        return lambda _: None
    root, *parts = path
    if not parts and root == "data":
        # A shortcut for the payload itself, which holds nearly all keys.
        return lambda event: event.data if type(event.data) is dict else None

    def find(event: Event) -> Container | None:
        container = getattr(event, root)
        try:
            for part in parts:
                container = container[part]
        except (LookupError, TypeError):
            return None
        return container if type(container) is dict else None

    return find
