"""Completes error messages of msgspec: suggestions for unknown names, and the full path to the value."""

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
    """Add the closest name and all valid names to an error about an unknown field or an invalid choice.

    Args:
        message: The error of msgspec, without its path.
        wanted: The type of the whole argument.
        steps: The path to the value within the argument: indexes, names of fields, and None for any key of
            a mapping.

    Returns:
        The completed message; any other message is returned unchanged.
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
    """Yield the members of a union, or the type itself, without metadata."""
    if isinstance(kind, inspect.Metadata):
        yield from _options(kind.type)
    elif isinstance(kind, inspect.UnionType):
        for option in kind.types:
            yield from _options(option)
    elif kind is not None:
        yield kind


def _within(kind: inspect.Type, step: int | str | None) -> inspect.Type | None:
    """Return the type of the value that one step of a path leads to, if it is known."""
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
    """Return the path to an invalid value, with the keys of mappings that msgspec leaves out.

    Args:
        value: The whole argument.
        steps: The path that msgspec gives: indexes, names of fields, and None for any key of a mapping.
        is_wrong: Returns whether a changed argument, in which a mapping has a single key, has the same error.

    Returns:
        The path, up to the first key that cannot be found.
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
    """Return a copy of a value, in which the mapping at a path has only one of its keys."""
    if not path:
        return {name: value[name]}
    step, *rest = path
    changed: Any = dict(value) if isinstance(value, dict) else list(value)
    changed[step] = _with_only(value[step], rest, name)
    return changed
