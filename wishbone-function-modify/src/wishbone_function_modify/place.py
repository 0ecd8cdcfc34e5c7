"""Places: what sets, changes and takes what stands at a key, compiled once for each key.

Each is given the plain dict that its key ends in, where there is one, as nearly always; otherwise it
does what `Event.get`, `set` and `delete` do. Both note in the journal what they replace.
"""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING, Any, TypeAlias

from wishbone.arguments.key import split_key
from wishbone_function_modify.anywhere import take_anywhere, write_anywhere
from wishbone_function_modify.journal import ABSENT

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from wishbone.event import Event
    from wishbone_function_modify.journal import Journal

__all__ = ["Container", "Run", "changer", "filler", "finder", "mover", "reader", "setter", "taker"]

Container: TypeAlias = dict[str, Any]
Run: TypeAlias = "Callable[[Event, Container | None, Journal], object]"
"""Does something to an event, given the container that its key ends in."""


def setter(key: str, value: Any) -> Run:
    """Return what sets a key to a value that cannot change."""
    name = split_key(key)[-1]

    def set_value(event: Event, container: Container | None, journal: Journal) -> None:
        if container is None:
            write_anywhere(event, journal, key, value)
        else:
            journal.append((container, name, container.get(name, ABSENT)))
            container[name] = value

    return set_value


def filler(key: str, make: Callable[[Event], Any]) -> Run:
    """Return what sets a key to what `make` returns, and raises what it raises."""
    name = split_key(key)[-1]

    def fill(event: Event, container: Container | None, journal: Journal) -> None:
        value = make(event)
        if container is None:
            write_anywhere(event, journal, key, value)
        else:
            journal.append((container, name, container.get(name, ABSENT)))
            container[name] = value

    return fill


def changer(key: str, change: Callable[[Any], Any]) -> Run:
    """Return what puts something that is made of what stands at a key in its place.

    It raises `KeyMissing` if nothing stands there, and what `change` raises.
    """
    name = split_key(key)[-1]

    def change_value(event: Event, container: Container | None, journal: Journal) -> None:
        try:
            old = container[name]  # type: ignore[index]  # it raises where there is none
        except (KeyError, TypeError):
            write_anywhere(event, journal, key, change(event.get(key)))
        else:
            container[name] = change(old)  # type: ignore[index]
            journal.append((container, name, old))

    return change_value


def taker(key: str) -> Run:
    """Return what takes out what stands at a key; it raises `KeyMissing` if nothing does."""
    name = split_key(key)[-1]

    def take(event: Event, container: Container | None, journal: Journal) -> None:
        try:
            old = container.pop(name)  # type: ignore[union-attr]  # it raises where there is none
        except (KeyError, AttributeError):
            take_anywhere(event, journal, key)
        else:
            journal.append((container, name, old))

    return take


def mover(source: str, destination: str) -> Run:
    """Return what moves what stands at a key to another; it raises `KeyMissing` if nothing stands there."""
    name, new_name = split_key(source)[-1], split_key(destination)[-1]

    def move(event: Event, container: Container | None, journal: Journal) -> None:
        try:
            value = container.pop(name)  # type: ignore[union-attr]  # it raises where there is none
        except (KeyError, AttributeError):
            write_anywhere(event, journal, destination, take_anywhere(event, journal, source))
        else:
            journal.append((container, name, value))
            journal.append((container, new_name, container.get(new_name, ABSENT)))  # type: ignore[union-attr]
            container[new_name] = value  # type: ignore[index]

    return move


def reader(key: str) -> Callable[[Event], Any]:
    """Return what reads a key; it raises `KeyMissing` if nothing stands there."""
    *way, name = split_key(key)
    if not way:
        return attrgetter(name)
    find = finder(way)

    def read(event: Event) -> Any:
        container = find(event)
        return container[name] if container is not None and name in container else event.get(key)

    return read


def finder(way: Sequence[str]) -> Callable[[Event], Container | None]:
    """Return what finds a container in an event: a plain dict, or None where something else stands.

    Args:
        way: The parts of its key, if it has any.
    """
    if not way:
        return lambda _: None
    root, *parts = way
    if not parts and root == "data":
        # Nearly all keys end in the payload itself: that is worth the short cut.
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
