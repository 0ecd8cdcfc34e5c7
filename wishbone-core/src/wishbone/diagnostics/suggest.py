"""The part of an error message that says what was probably meant."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


def did_you_mean(
    name: object, known: Iterable[str], find: Callable[[object, Iterable[str]], str | None] | None = None
) -> str:
    """Say which of the known names is near, and what the known names are.

    Args:
        name: What somebody wrote; where a text was expected, it may be none.
        known: The names that would have been right.
        find: Finds the one that is near; `closest_match`, if it is not given.

    Returns:
        A sentence or two to put behind the message: `Did you mean 'inbox'? There are: …`.
    """
    names = sorted(known)
    if not names:
        return "There are none."
    near = (find or closest_match)(name, names)
    suggestion = f"Did you mean {near!r}? " if near else ""
    return f"{suggestion}There are: {', '.join(names)}."


def closest_match(name: object, known: Iterable[str]) -> str | None:
    """Return the known name that was probably meant, if any is near."""
    import difflib  # noqa: PLC0415 - only an error pays for it, not every start

    near = difflib.get_close_matches(str(name), known, n=1, cutoff=0.6)
    return near[0] if near else None


def closest_module_name(name: object, known: Iterable[str]) -> str | None:
    """Return the known name whose last part was probably meant: what stands before it, many names share."""
    by_last: dict[str, list[str]] = {}
    for full in known:
        by_last.setdefault(full.rpartition(".")[2], []).append(full)
    near = closest_match(str(name).rpartition(".")[2], by_last)
    return None if near is None else closest_match(name, by_last[near]) or by_last[near][0]
