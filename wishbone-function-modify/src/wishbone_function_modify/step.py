"""Step: an operation compiled for one key, ready to run on events."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, MutableMapping
from itertools import groupby
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from msgspec import UNSET

from wishbone.arguments.key import join_key, split_key
from wishbone.codec import BadFrame
from wishbone.copying import copy_value
from wishbone.error import InvalidData
from wishbone_function_modify.anywhere import write_anywhere
from wishbone_function_modify.conversion import CONVERSIONS, timestamp_like
from wishbone_function_modify.digest import digester
from wishbone_function_modify.journal import ABSENT
from wishbone_function_modify.operation import Extract, Hash, Operation, Parse, Policy, Timestamp, renamed
from wishbone_function_modify.place import (
    Container,
    Run,
    changer,
    filler,
    finder,
    mover,
    reader,
    setter,
    taker,
)

if TYPE_CHECKING:
    from wishbone.event import Event
    from wishbone_function_modify.journal import Journal
    from wishbone_function_modify.value import Value

__all__ = ["Group", "Step", "compile_operations", "group_steps"]

Compiled: TypeAlias = Iterator[tuple[str, tuple[str, ...], Run]]
"""For each step: the key that it is about, the way to the container that it changes, and what it does."""

NOWHERE: tuple[str, ...] = ()
"""The way of a step that needs no container, or changes more than one."""


class Step(NamedTuple):
    """What is done to an event."""

    run: Run
    """Does it, and notes in the journal what it replaces; a `KeyMissing` comes before any change."""

    way: tuple[str, ...]
    """The way to the container that it changes, and beyond which it changes nothing."""

    skips: bool
    """Whether it is skipped when its key is missing."""

    place: str
    """Where it stands in the configuration."""


class Group(NamedTuple):
    """Steps one after the other that change the same container: it is looked up once for all of them."""

    find: Callable[[Event], Container | None]
    runs: list[Run]


def compile_operations(operations: Iterable[Operation], missing: Policy) -> list[Step]:
    """Compile a list of operations.

    Args:
        operations: The list.
        missing: What a missing key is, where an operation does not say it.
    """
    steps: list[Step] = []
    for number, operation in enumerate(operations):
        skips = (missing if operation.missing is UNSET else operation.missing) == "skip"
        for key, way, run in _COMPILERS[operation.name](getattr(operation, operation.name)):
            steps.append(Step(run, way, skips, f"operations.{number} ({operation.name} {key})"))
    return steps


def group_steps(steps: Iterable[Step]) -> list[Group]:
    """Return the steps by the container that they change, in their order."""
    return [
        Group(finder(way), [step.run for step in group])
        for way, group in groupby(steps, lambda step: step.way)
    ]


def _set(values: dict[str, Value]) -> Compiled:
    for key, value in values.items():
        yield key, _way(key), setter(key, value.content) if value.constant else filler(key, value.of)


def _delete(keys: str | list[str]) -> Compiled:
    for key in _several(keys):
        yield key, _way(key), taker(key)


def _copy(keys: dict[str, str]) -> Compiled:
    for source, destination in keys.items():
        yield _making(source, destination, copy_value)


def _move(keys: dict[str, str]) -> Compiled:
    for source, destination in keys.items():
        together = _way(source) == _way(destination)
        yield source, _way(source) if together else NOWHERE, mover(source, destination)


def _rename(names: dict[str, str]) -> Compiled:
    return _move({key: renamed(key, name) for key, name in names.items()})


def _text(change: Callable[[str], str]) -> Callable[[str | list[str]], Compiled]:
    def compile_keys(keys: str | list[str]) -> Compiled:
        for key in _several(keys):
            yield key, _way(key), changer(key, change)

    return compile_keys


def _convert(types: dict[str, str | Timestamp]) -> Compiled:
    for key, wanted in types.items():
        own = timestamp_like(wanted.timestamp) if isinstance(wanted, Timestamp) else CONVERSIONS[wanted]
        yield key, _way(key), changer(key, own)


def _extract(wanted: Extract) -> Compiled:
    read, into = reader(wanted.key), wanted.into or "data"
    keys = {name: join_key([*split_key(into), name]) for name in wanted.pattern.names}

    def extract(event: Event, container: Container | None, journal: Journal) -> None:
        found = wanted.pattern.match(read(event))
        if found is None:
            if wanted.unmatched == "skip":
                return
            message = f"The text does not match the pattern {wanted.pattern.text!r}."
            raise InvalidData(message)
        if container is not None:
            for name, value in found.items():
                journal.append((container, name, container.get(name, ABSENT)))
                container[name] = value
        elif _has_mapping(event, into):
            for name, value in found.items():
                write_anywhere(event, journal, keys[name], value)
        else:
            write_anywhere(event, journal, into, found)

    yield wanted.key, split_key(into), extract


def _has_mapping(event: Event, key: str) -> bool:
    return event.has(key) and isinstance(event.get(key), MutableMapping)


def _parse(wanted: Parse) -> Compiled:
    def parse(document: Any) -> Any:
        if not isinstance(document, str | bytes | bytearray):
            message = (
                f"It is no text but of type {type(document).__name__}: parse it once, or name another key."
            )
            raise InvalidData(message)
        decoder = wanted.decoder()
        data = document.encode() if isinstance(document, str) else bytes(document)
        values = [*decoder.decode(data), *decoder.flush()]
        bad = next((value for value in values if isinstance(value, BadFrame)), None)
        if bad is not None:
            raise bad.error
        if len(values) != 1:
            message = f"It holds {len(values)} values of {wanted.decoder.name!r}, and must hold one."
            raise InvalidData(message)
        return values[0]

    yield _making(wanted.key, wanted.into or wanted.key, parse)


def _hash(wanted: Hash) -> Compiled:
    yield _making(wanted.key, wanted.into or wanted.key, digester(wanted.algorithm, wanted.secret))


def _making(source: str, destination: str, make: Callable[[Any], Any]) -> tuple[str, tuple[str, ...], Run]:
    """Return what sets a key to what is made of what stands at another, or at the same."""
    if source == destination:
        return source, _way(source), changer(source, make)
    read = reader(source)
    return source, _way(destination), filler(destination, lambda event: make(read(event)))


def _way(key: str) -> tuple[str, ...]:
    """Return the way to the container that a key ends in."""
    return split_key(key)[:-1]


def _several(keys: str | list[str]) -> list[str]:
    return [keys] if isinstance(keys, str) else keys


_COMPILERS: dict[str, Callable[[Any], Compiled]] = {
    "set": _set,
    "delete": _delete,
    "copy": _copy,
    "move": _move,
    "rename": _rename,
    "lowercase": _text(str.lower),
    "uppercase": _text(str.upper),
    "trim": _text(str.strip),
    "convert": _convert,
    "extract": _extract,
    "parse": _parse,
    "hash": _hash,
}
