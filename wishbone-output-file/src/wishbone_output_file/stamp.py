"""Stamp: what rotating puts behind the name of a file, so that names sort as the files came."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

_FORMAT = "%Y%m%dT%H%M%S.%fZ"
_STAMP = r"\.(\d{8}T\d{6}\.\d{6}Z)"
_ROTATED = re.compile(rf"(.+){_STAMP}(|\.gz|\.zst)(|\.part)", re.DOTALL)


class Rotated(NamedTuple):
    """The name of a file that was rotated."""

    stamp: str
    """When: UTC, to the microsecond."""

    name: str
    """The whole name."""

    suffix: str
    """How it is compressed: `.gz`, `.zst`, or not at all."""

    partial: bool
    """Whether it is still being compressed, or was when the process died."""


def is_rotated(name: str) -> bool:
    """Return whether rotating could have made the name."""
    return _ROTATED.fullmatch(name) is not None


def rotated(name: str, names: Iterable[str]) -> list[Rotated]:
    """Return what was rotated of a file, the oldest first.

    Args:
        name: The file's name.
        names: What is in its folder.
    """
    matches = (_ROTATED.fullmatch(other) for other in names if other.startswith(name))
    return sorted(
        Rotated(match[2], match[0], match[3], bool(match[4]))
        for match in matches
        if match is not None and match[1] == name
    )


def next_name(name: str, now: float, names: Iterable[str]) -> str:
    """Return what to call a file that is rotated now, later than all before it whatever the clock says.

    Args:
        name: The file's name.
        now: Seconds since 1970 (UTC).
        names: What is in its folder.
    """
    moment = datetime.fromtimestamp(now, UTC)
    for last in rotated(name, names)[-1:]:
        before = datetime.strptime(last.stamp, _FORMAT).replace(tzinfo=UTC)
        moment = max(moment, before + timedelta(microseconds=1))
    return f"{name}.{moment.strftime(_FORMAT)}"
