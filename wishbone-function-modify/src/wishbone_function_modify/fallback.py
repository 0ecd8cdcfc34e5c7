"""Sets and removes any key of an event, like `Event.set` and `Event.delete`, with an undo log.

The accessors use this when a key is not directly in a plain dict.
"""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping, MutableSequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from wishbone.arguments.key import assign, look_up, remove, split_key
from wishbone.error import InvalidData, KeyMissing
from wishbone_function_modify.undo import ABSENT, Removed

if TYPE_CHECKING:
    from wishbone.event import Event
    from wishbone_function_modify.undo import UndoLog

__all__ = ["take_key", "write_key"]


def write_key(event: Event, undo_log: UndoLog, key: str, value: Any) -> None:
    """Set a key.

    Raises:
        InvalidData: The key cannot be set. Never `KeyMissing`, which `missing: skip` would ignore.
    """
    root, *parts = split_key(key)
    if not parts:
        _write_root(event, undo_log, root, value)
        return
    try:
        container = _container_of(event, undo_log, key)
        _record(container, parts[-1], key, undo_log)
        assign(container, parts[-1], value, key)
    except KeyMissing as error:
        raise InvalidData(str(error)) from None


def take_key(event: Event, undo_log: UndoLog, key: str) -> Any:
    """Remove a key, and return its value.

    Raises:
        KeyMissing: The event does not have the key.
        InvalidData: The key cannot be removed.
    """
    root, *parts = split_key(key)
    container = getattr(event, root)
    if not parts:
        event.delete(root)
        undo_log.append((event, root, container))
        return container
    for part in parts[:-1]:
        container = look_up(container, part, key)
    old = look_up(container, parts[-1], key)
    remove(container, parts[-1], key)
    if isinstance(container, Mapping):
        undo_log.append((container, parts[-1], old))
    else:
        undo_log.append((container, int(parts[-1]), Removed(old)))
    return old


def _write_root(event: Event, undo_log: UndoLog, root: str, value: Any) -> None:
    undo_log.append((event, root, getattr(event, root)))
    event.set(value, root)


def _container_of(event: Event, undo_log: UndoLog, key: str) -> Any:
    """Return the container of the last part of a key. Missing mappings are created."""
    root, *parts = split_key(key)
    container = getattr(event, root)
    if container is None:
        container = {}
        _write_root(event, undo_log, root, container)
    for part in parts[:-1]:
        if isinstance(container, MutableMapping) and container.get(part) is None:
            _record(container, part, key, undo_log)
            container[part] = {}
        container = look_up(container, part, key)
    return container


def _record(container: Any, part: str, key: str, undo_log: UndoLog) -> None:
    """Record a value before it is replaced. Values that cannot be replaced are not recorded."""
    if isinstance(container, MutableMapping):
        undo_log.append((container, part, container.get(part, ABSENT)))
    elif isinstance(container, MutableSequence):
        with suppress(KeyMissing):
            old = look_up(container, part, key)
            undo_log.append((container, int(part), old))
