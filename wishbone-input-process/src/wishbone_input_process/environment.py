"""The environment of a child process: little of the server's, which may contain secrets."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

HARMLESS = frozenset({"HOME", "LANG", "LANGUAGE", "LOGNAME", "PATH", "SHELL", "TMPDIR", "TZ", "USER"})
"""Variables that every child gets, in addition to those of the locale (`LC_*`)."""


def child_environment(inherit: Iterable[str], given: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of a child.

    Args:
        inherit: Names of further variables to copy from the server.
        given: Variables to set; they replace inherited ones.
    """
    names = HARMLESS.union(inherit)
    inherited = {name: value for name, value in os.environ.items() if name in names or name.startswith("LC_")}
    return {"PATH": os.defpath, **inherited, **given}
