"""RotatedName: the names of rotated files, which sort by age."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

_FORMAT = "%Y%m%dT%H%M%S.%fZ"
_ROTATED = re.compile(r"(.+)\.(\d{8}T\d{6}\.\d{6}Z)(|\.gz|\.zst)(|\.part)", re.DOTALL)


class RotatedName(NamedTuple):
    """The name of a rotated file: `app.log.20261123T160501.000000Z.gz`."""

    time: str
    """When it was rotated: UTC, to the microsecond."""

    name: str
    """The whole name."""

    suffix: str
    """`.gz`, `.zst`, or nothing if it is not compressed."""

    partial: bool
    """Whether it is a compressed file that is not complete."""


def is_rotated(name: str) -> bool:
    """Return whether rotation could have made the name."""
    return _ROTATED.fullmatch(name) is not None


def group_rotated(names: Iterable[str]) -> dict[str, list[RotatedName]]:
    """Return the rotated files among the names in a folder, by the name of their file, oldest first."""
    found: dict[str, list[RotatedName]] = {}
    for match in filter(None, map(_ROTATED.fullmatch, names)):
        rotated = RotatedName(match[2], match[0], match[3], bool(match[4]))
        found.setdefault(match[1], []).append(rotated)
    return {name: sorted(group) for name, group in found.items()}


def find_rotated(name: str, names: Iterable[str]) -> list[RotatedName]:
    """Return the rotated files of one file, oldest first.

    Args:
        name: The file's name.
        names: The names in its folder.
    """
    return group_rotated(other for other in names if other.startswith(name)).get(name, [])


def next_name(name: str, now: float, names: Iterable[str]) -> str:
    """Return the name for a file that is rotated now: later than all before it, even if the clock is wrong.

    Args:
        name: The file's name.
        now: Seconds since 1970 (UTC).
        names: The names in its folder.
    """
    moment = datetime.fromtimestamp(now, UTC)
    for last in find_rotated(name, names)[-1:]:
        before = datetime.strptime(last.time, _FORMAT).replace(tzinfo=UTC)
        moment = max(moment, before + timedelta(microseconds=1))
    return f"{name}.{moment.strftime(_FORMAT)}"
