"""Choices: what could have been written, where an argument has what its type does not know."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from msgspec import inspect

from wishbone.diagnostics.suggest import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

__all__ = ["error_path", "with_suggestions"]

_UNKNOWN = re.compile(r"Object contains unknown field `(?P<found>.*)`$")
_INVALID = re.compile(r"Invalid enum value '?(?P<found>.*?)'?$")


def with_suggestions(message: str, wanted: Any, steps: Iterable[int | str | None]) -> str:
    """Put behind an error of msgspec what is near to what was found, and what there is.

    Args:
        message: The error, without its place.
        wanted: The type of the whole argument.
        steps: The way to the place within the argument: positions, names, and None for any name.

    Returns:
        The message; as it was, if it is not about something unknown.
    """
    unknown, invalid = _UNKNOWN.match(message), _INVALID.match(message)
    match = unknown or invalid
    if match is None:
        return message
    kinds = list(_options(inspect.type_info(wanted)))
    for step in steps:
        kinds = [inner for kind in kinds for inner in _options(_within(kind, step))]
    names = {name for kind in kinds for name in (_fields(kind) if unknown else _values(kind))}
    return f"{message}. {did_you_mean(match['found'], names)}" if names else message


def _options(kind: inspect.Type | None) -> Iterator[inspect.Type]:
    """Hand out the types that a type stands for."""
    if isinstance(kind, inspect.Metadata):
        yield from _options(kind.type)
    elif isinstance(kind, inspect.UnionType):
        for option in kind.types:
            yield from _options(option)
    elif kind is not None:
        yield kind


def _within(kind: inspect.Type, step: int | str | None) -> inspect.Type | None:
    """Return the type of a part."""
    if isinstance(step, int):
        return getattr(kind, "item_type", None)
    if step is None:
        return getattr(kind, "value_type", None)
    found = (field.type for field in getattr(kind, "fields", ()) if field.encode_name == step)
    return next(found, None)


def _fields(kind: inspect.Type) -> list[str]:
    return [field.encode_name for field in getattr(kind, "fields", ())]


def _values(kind: inspect.Type) -> list[str]:
    return [str(value) for value in getattr(kind, "values", ())]


def error_path(
    value: Any, steps: Iterable[int | str | None], is_wrong: Callable[[Any], bool]
) -> tuple[int | str, ...]:
    """Return the way to what is wrong, as far as it can be told.

    Args:
        value: The whole argument.
        steps: The way there: positions, names of fields, and None for any name in a mapping.
        is_wrong: Tells whether another argument, of which a mapping has less, has the same mistake.
    """
    path: list[int | str] = []
    for step in steps:
        found = _find_name(value, path, is_wrong) if step is None else step
        if found is None:
            break
        path.append(found)
    return tuple(path)


def _find_name(value: Any, path: Sequence[int | str], is_wrong: Callable[[Any], bool]) -> str | None:
    container = value
    for step in path:
        container = container[step]
    return next((name for name in container if is_wrong(_with_only(value, path, name))), None)


def _with_only(value: Any, path: Sequence[int | str], name: str) -> Any:
    """Return a value whose mapping at a path has one name of those that it has."""
    if not path:
        return {name: value[name]}
    step, *rest = path
    changed: Any = dict(value) if isinstance(value, dict) else list(value)
    changed[step] = _with_only(value[step], rest, name)
    return changed
