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
from wishbone_function_modify.accessors import (
    Apply,
    Container,
    compile_change,
    compile_fill,
    compile_find,
    compile_move,
    compile_read,
    compile_set,
    compile_take,
)
from wishbone_function_modify.conversion import CONVERSIONS
from wishbone_function_modify.fallback import write_key
from wishbone_function_modify.hashing import make_hash
from wishbone_function_modify.operation import Extract, Hash, Operation, Parse, Policy, Timestamp, renamed
from wishbone_function_modify.timestamp import timestamp_parser
from wishbone_function_modify.undo import ABSENT

if TYPE_CHECKING:
    from wishbone.event import Event
    from wishbone_function_modify.undo import UndoLog
    from wishbone_function_modify.value import Value

__all__ = ["Group", "Step", "compile_operations", "group_steps"]

Compiled: TypeAlias = Iterator[tuple[str, tuple[str, ...], Apply]]
"""For each step: its key, the path of the container that it changes, and its function."""

NO_CONTAINER: tuple[str, ...] = ()
"""The path of a step that changes no container, or more than one."""


class Step(NamedTuple):
    """A compiled operation on one key."""

    apply: Apply
    """Applies it and records the old values. It raises `KeyMissing` only before the first change."""

    path: tuple[str, ...]
    """The path of the only container that it changes."""

    skips: bool
    """Whether it is skipped when its key is missing."""

    location: str
    """Its location in the bootstrap file, for messages."""


class Group(NamedTuple):
    """Consecutive steps that change the same container, which is looked up once for all of them."""

    find: Callable[[Event], Container | None]
    functions: list[Apply]


def compile_operations(operations: Iterable[Operation], missing: Policy) -> list[Step]:
    """Compile a list of operations.

    Args:
        operations: The list.
        missing: What happens when a key is missing, unless an operation has its own `missing`.
    """
    steps: list[Step] = []
    for number, operation in enumerate(operations):
        skips = (missing if operation.missing is UNSET else operation.missing) == "skip"
        for key, path, apply in _COMPILERS[operation.name](getattr(operation, operation.name)):
            steps.append(Step(apply, path, skips, f"operations.{number} ({operation.name} {key})"))
    return steps


def group_steps(steps: Iterable[Step]) -> list[Group]:
    """Group consecutive steps by the container that they change."""
    return [
        Group(compile_find(path), [step.apply for step in group])
        for path, group in groupby(steps, lambda step: step.path)
    ]


def _set(values: dict[str, Value]) -> Compiled:
    for key, value in values.items():
        yield (
            key,
            _parent(key),
            compile_set(key, value.content) if value.constant else compile_fill(key, value.render),
        )


def _delete(keys: str | list[str]) -> Compiled:
    for key in _several(keys):
        yield key, _parent(key), compile_take(key)


def _copy(keys: dict[str, str]) -> Compiled:
    for source, destination in keys.items():
        yield _derive(source, destination, copy_value)


def _move(keys: dict[str, str]) -> Compiled:
    for source, destination in keys.items():
        together = _parent(source) == _parent(destination)
        yield source, _parent(source) if together else NO_CONTAINER, compile_move(source, destination)


def _rename(names: dict[str, str]) -> Compiled:
    return _move({key: renamed(key, name) for key, name in names.items()})


def _text(change: Callable[[str], str]) -> Callable[[str | list[str]], Compiled]:
    def compile_keys(keys: str | list[str]) -> Compiled:
        for key in _several(keys):
            yield key, _parent(key), compile_change(key, change)

    return compile_keys


def _convert(types: dict[str, str | Timestamp]) -> Compiled:
    for key, wanted in types.items():
        yield key, _parent(key), compile_change(key, _conversion(wanted))


def _conversion(wanted: str | Timestamp) -> Callable[[Any], Any]:
    if isinstance(wanted, Timestamp):
        return timestamp_parser(wanted.timestamp)
    return timestamp_parser("") if wanted == "timestamp" else CONVERSIONS[wanted]


def _extract(wanted: Extract) -> Compiled:
    read, into = compile_read(wanted.key), wanted.into or "data"
    keys = {name: join_key([*split_key(into), name]) for name in wanted.pattern.names}

    def extract(event: Event, container: Container | None, undo_log: UndoLog) -> None:
        found = wanted.pattern.match(read(event))
        if found is None:
            if wanted.unmatched == "skip":
                return
            message = f"The text does not match the pattern {wanted.pattern.text!r}."
            raise InvalidData(message)
        if container is not None:
            for name, value in found.items():
                undo_log.append((container, name, container.get(name, ABSENT)))
                container[name] = value
        elif _has_mapping(event, into):
            for name, value in found.items():
                write_key(event, undo_log, keys[name], value)
        else:
            write_key(event, undo_log, into, found)

    yield wanted.key, split_key(into), extract


def _has_mapping(event: Event, key: str) -> bool:
    return event.has(key) and isinstance(event.get(key), MutableMapping)


def _parse(wanted: Parse) -> Compiled:
    def parse(document: Any) -> Any:
        if not isinstance(document, str | bytes | bytearray):
            message = (
                f"The value is of type {type(document).__name__}, not text: parse it only once, or use"
                " another key."
            )
            raise InvalidData(message)
        decoder = wanted.decoder()
        data = document.encode() if isinstance(document, str) else bytes(document)
        values = [*decoder.decode(data), *decoder.flush()]
        bad = next((value for value in values if isinstance(value, BadFrame)), None)
        if bad is not None:
            raise bad.error
        if len(values) != 1:
            message = f"The text holds {len(values)} values of {wanted.decoder.name!r}; expected one."
            raise InvalidData(message)
        return values[0]

    yield _derive(wanted.key, wanted.into or wanted.key, parse)


def _hash(wanted: Hash) -> Compiled:
    yield _derive(wanted.key, wanted.into or wanted.key, make_hash(wanted.algorithm, wanted.secret))


def _derive(source: str, destination: str, make: Callable[[Any], Any]) -> tuple[str, tuple[str, ...], Apply]:
    """Compile setting a key to a value made from another key, or from the same key."""
    if source == destination:
        return source, _parent(source), compile_change(source, make)
    read = compile_read(source)
    return source, _parent(destination), compile_fill(destination, lambda event: make(read(event)))


def _parent(key: str) -> tuple[str, ...]:
    """Return the path of the container of a key."""
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
