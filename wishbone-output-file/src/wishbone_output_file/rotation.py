"""Rotation: renames a file that is full or old, and opens a new one in its place."""

from __future__ import annotations

import fcntl
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

from wishbone import clock
from wishbone_output_file.rotated_name import next_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wishbone_output_file.output_file import OutputFile
    from wishbone_output_file.retention import Retention
    from wishbone_output_file.schedule import Schedule

RETRY_SECONDS = 60.0
"""Delay in seconds before a rotation that failed is tried again."""


class Rotation:
    """Decides when a file is rotated, and rotates it."""

    def __init__(self, schedule: Schedule, retention: Retention | None) -> None:
        """Rotate nothing yet.

        Args:
            schedule: When a file is old enough; the file itself knows how large it may become.
            retention: Compresses and removes rotated files.
        """
        self.schedule = schedule
        self.retention = retention

    def begin(self, file: OutputFile) -> None:
        """Set when a file that was opened is due; finish what an earlier process left undone."""
        file.due = self.schedule.end(file.changed)
        if self.retention is not None and file.regular:
            self.retention.enqueue(file.path)

    def limit_due(self, file: OutputFile) -> None:
        """Make a file due no later than a new one: the clock may have been set back by years."""
        file.due = min(file.due, self.schedule.end(clock.time()))

    def is_due(self, file: OutputFile) -> bool:
        """Return whether a file must be rotated now; an empty one never must."""
        if not file.size or not file.regular:
            return False
        return (file.full or clock.time() >= file.due) and clock.monotonic() >= file.retry_after

    def rotate(self, file: OutputFile) -> bool:
        """Rotate a file and open a new one; if another process was faster, open the one that it made.

        Returns:
            False while another process rotates in the same folder.

        Raises:
            OSError: The file cannot be renamed; it stays open.
            CannotOpenError: No new file can be opened.
        """
        file.retry_after = clock.monotonic() + RETRY_SECONDS
        with _locked(file.opened.folder) as locked:
            if not locked:
                file.retry_after = 0.0
                return False
            if not file.moved:
                folder = file.opened.folder
                name = next_name(file.opened.name, clock.time(), os.listdir(folder))  # noqa: PTH208
                os.rename(file.opened.name, name, src_dir_fd=folder, dst_dir_fd=folder)
        file.reopen()
        file.retry_after = 0.0
        self.begin(file)
        return True


@contextmanager
def _locked(folder: int) -> Iterator[bool]:
    """Keep other processes from rotating in a folder, without a lock file."""
    try:
        fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        yield False
        return
    try:
        yield True
    finally:
        fcntl.flock(folder, fcntl.LOCK_UN)
