"""The part of an error message that says what was probably meant."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


def did_you_mean(name: object, known: Iterable[str]) -> str:
    """Say which of the known names is near, and what the known names are.

    Args:
        name: What somebody wrote; where a text was expected, it may be none.
        known: The names that would have been right.

    Returns:
        A sentence or two to put behind the message: `Did you mean 'inbox'? There are: …`.
    """
    names = sorted(known)
    if not names:
        return "There are none."
    near = nearest(name, names)
    suggestion = f"Did you mean {near!r}? " if near else ""
    return f"{suggestion}There are: {', '.join(names)}."


def nearest(name: object, known: Iterable[str]) -> str | None:
    """Return the known name that was probably meant, if any is near."""
    import difflib  # noqa: PLC0415 - only an error pays for it, not every start

    near = difflib.get_close_matches(str(name), known, n=1, cutoff=0.6)
    return near[0] if near else None
