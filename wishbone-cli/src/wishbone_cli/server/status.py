"""The status of each worker, in a small file beside the pid file."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


def status_path(pid_file: Path, number: int) -> Path:
    """Return the path of the status of an instance."""
    return pid_file.with_name(f"{pid_file.name}.{number}.status")


def write_status(path: Path, status: dict[str, Any]) -> None:
    """Replace the status file atomically; only this user can read it."""
    draft = path.with_name(f"{path.name}.new")
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(status, file)
    draft.replace(path)


def read_statuses(pid_file: Path) -> list[dict[str, Any]]:
    """Return the statuses of all instances, in the order of their numbers."""
    found = []
    for path in _paths(pid_file):
        try:
            found.append(json.loads(path.read_text(encoding="utf-8")))
        except FileNotFoundError:
            continue
    return sorted(found, key=lambda status: status["instance"])


def remove_statuses(pid_file: Path) -> None:
    """Remove the statuses of all instances."""
    for path in _paths(pid_file, ("status", "status.new")):
        path.unlink(missing_ok=True)


def _paths(pid_file: Path, ends: Iterable[str] = ("status",)) -> list[Path]:
    """Return the status files of this pid file; its name may contain wildcards, so this does not glob."""
    begin = f"{pid_file.name}."
    return [
        path
        for path in pid_file.parent.iterdir()
        if path.name.startswith(begin)
        and path.name.removeprefix(begin).partition(".")[0].isdigit()
        and path.name.removeprefix(begin).partition(".")[2] in ends
    ]
