"""The path to what is wrong in an argument, with the names in mappings, which msgspec does not tell."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

__all__ = ["named_path"]


def named_path(
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
