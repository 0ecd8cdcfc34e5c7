"""Suggests valid names for an unknown one in an error message."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


def did_you_mean(
    name: object, known: Iterable[str], find: Callable[[object, Iterable[str]], str | None] | None = None
) -> str:
    """Return a sentence or two with the closest valid name, and all valid names.

    Args:
        name: The unknown name. It may be a value of any type.
        known: The valid names.
        find: Returns the closest of them; `closest_match` by default.

    Returns:
        The end of an error message: `Did you mean 'inbox'? There are: …`.
    """
    names = sorted(known)
    if not names:
        return "There are none."
    near = (find or closest_match)(name, names)
    suggestion = f"Did you mean {near!r}? " if near else ""
    return f"{suggestion}There are: {', '.join(names)}."


def closest_match(name: object, known: Iterable[str]) -> str | None:
    """Return the known name that is most similar, or None if none is similar."""
    import difflib  # noqa: PLC0415 - only errors need it, and it slows down the start

    near = difflib.get_close_matches(str(name), known, n=1, cutoff=0.6)
    return near[0] if near else None


def closest_module_name(name: object, known: Iterable[str]) -> str | None:
    """Return the known name whose last part is most similar: many names have the same first parts."""
    by_last: dict[str, list[str]] = {}
    for full in known:
        by_last.setdefault(full.rpartition(".")[2], []).append(full)
    near = closest_match(str(name).rpartition(".")[2], by_last)
    return None if near is None else closest_match(name, by_last[near]) or by_last[near][0]
