"""Sets and takes any key of an event, as `Event.set` and `Event.delete` do, and notes it in a journal."""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping, MutableSequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from wishbone.arguments.key import assign, look_up, remove, split_key
from wishbone.error import InvalidData, KeyMissing
from wishbone_function_modify.journal import ABSENT, Removed

if TYPE_CHECKING:
    from wishbone.event import Event
    from wishbone_function_modify.journal import Journal

__all__ = ["take_anywhere", "write_anywhere"]


def write_anywhere(event: Event, journal: Journal, key: str, value: Any) -> None:
    """Set a key.

    Raises:
        InvalidData: It cannot be set. It is no `KeyMissing`, which is said of what is read: that may be
            skipped, a place that cannot be made may not.
    """
    root, *parts = split_key(key)
    if not parts:
        _write_root(event, journal, root, value)
        return
    try:
        container = _way_to(event, journal, key)
        _note(container, parts[-1], key, journal)
        assign(container, parts[-1], value, key)
    except KeyMissing as error:
        raise InvalidData(str(error)) from None


def take_anywhere(event: Event, journal: Journal, key: str) -> Any:
    """Take a key out, and return what stood there.

    Raises:
        KeyMissing: Nothing stands there.
        InvalidData: It cannot be taken out.
    """
    root, *parts = split_key(key)
    container = getattr(event, root)
    if not parts:
        event.delete(root)
        journal.append((event, root, container))
        return container
    for part in parts[:-1]:
        container = look_up(container, part, key)
    old = look_up(container, parts[-1], key)
    remove(container, parts[-1], key)
    if isinstance(container, Mapping):
        journal.append((container, parts[-1], old))
    else:
        journal.append((container, int(parts[-1]), Removed(old)))
    return old


def _write_root(event: Event, journal: Journal, root: str, value: Any) -> None:
    journal.append((event, root, getattr(event, root)))
    event.set(value, root)


def _way_to(event: Event, journal: Journal, key: str) -> Any:
    """Return the container that a key ends in, made if it is missing."""
    root, *parts = split_key(key)
    container = getattr(event, root)
    if container is None:
        container = {}
        _write_root(event, journal, root, container)
    for part in parts[:-1]:
        if isinstance(container, MutableMapping) and container.get(part) is None:
            _note(container, part, key, journal)
            container[part] = {}
        container = look_up(container, part, key)
    return container


def _note(container: Any, part: str, key: str, journal: Journal) -> None:
    """Note what stands in a container before it is replaced; what cannot be replaced is not noted."""
    if isinstance(container, MutableMapping):
        journal.append((container, part, container.get(part, ABSENT)))
    elif isinstance(container, MutableSequence):
        with suppress(KeyMissing):
            old = look_up(container, part, key)
            journal.append((container, int(part), old))
