"""The status of each worker, in a small file beside the pid file."""

from __future__ import annotations

import json
import os
import stat
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

NUMBERS = (
    "instance",
    "pid",
    "since",
    "restarts",
    "in",
    "out",
    "failed",
    "left",
    "uptime",
    "updated",
    "clock",
)
"""The figures of a status."""

MAX_BYTES = 65_536


def status_path(pid_file: Path, number: int) -> Path:
    """Return the path of the status of an instance."""
    return pid_file.with_name(f"{pid_file.name}.{number}.status")


def write_status(path: Path, status: dict[str, Any]) -> None:
    """Replace the status file atomically; only this user can read it."""
    draft = path.with_name(f"{path.name}.new")
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(status, file)
    draft.replace(path)


def read_status(path: Path) -> dict[str, Any] | None:
    """Return a status; None if there is none, or something else has its name: the folder may be shared."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return None
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            return None
        try:
            status = json.loads(file.read(MAX_BYTES))
        except ValueError:
            return None
    valid = isinstance(status, dict) and all(isinstance(status.get(name), int | float) for name in NUMBERS)
    return status if valid else None


def read_statuses(pid_file: Path) -> list[dict[str, Any]]:
    """Return the statuses of all instances, in the order of their numbers."""
    found = [status for path in _paths(pid_file) if (status := read_status(path)) is not None]
    return sorted(found, key=lambda status: status["instance"])


def remove_statuses(pid_file: Path) -> None:
    """Remove the statuses of all instances, and no file of another user."""
    for path in _paths(pid_file, ("status", "status.new")):
        path.unlink(missing_ok=True)


def _paths(pid_file: Path, ends: Iterable[str] = ("status",)) -> list[Path]:
    """Return the status files of this pid file that belong to its owner.

    Its name may contain wildcards, so this does not glob.
    """
    begin = f"{pid_file.name}."
    owner = _owner(pid_file)
    return [
        path
        for path in pid_file.parent.iterdir()
        if path.name.startswith(begin)
        and path.name.removeprefix(begin).partition(".")[0].isdigit()
        and path.name.removeprefix(begin).partition(".")[2] in ends
        and _owner(path) == owner
    ]


def _owner(path: Path) -> int | None:
    try:
        return path.lstat().st_uid
    except FileNotFoundError:
        return None
