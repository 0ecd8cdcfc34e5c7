"""Environment: what a child process sees of ours: little, for there may be secrets among it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

HARMLESS = frozenset({"HOME", "LANG", "LANGUAGE", "LOGNAME", "PATH", "SHELL", "TMPDIR", "TZ", "USER"})
"""Variables that a child gets unless it is told otherwise, beside those of the locale (`LC_*`)."""


def child_environment(inherit: Iterable[str], given: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of a child.

    Args:
        inherit: Variables of ours that it gets beside the harmless ones.
        given: What it gets, whatever ours is.
    """
    wanted = HARMLESS.union(inherit)
    ours = {name: value for name, value in os.environ.items() if name in wanted or name.startswith("LC_")}
    return {"PATH": os.defpath, **ours, **given}
