"""Rotation: puts a file aside under another name, and begins a new one in its place."""

from __future__ import annotations

import fcntl
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

from wishbone import clock
from wishbone_output_file.stamp import next_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wishbone_output_file.keeper import Keeper
    from wishbone_output_file.schedule import Schedule
    from wishbone_output_file.stream import Stream

PAUSE = 60.0
"""Seconds before rotating is tried again, where it failed."""


class Rotation:
    """Knows when a file is to be rotated, and does it."""

    def __init__(self, schedule: Schedule, keeper: Keeper | None) -> None:
        """Note the terms.

        Args:
            schedule: When a file is old enough; how large it may become, it knows itself.
            keeper: Told of files in whose folders there may be something to compress or to remove.
        """
        self.schedule = schedule
        self.keeper = keeper

    def begin(self, stream: Stream) -> None:
        """Note when a file that was opened will be old enough; what a process left undone is done now."""
        stream.due = self.schedule.end(stream.changed)
        if self.keeper is not None and stream.regular:
            self.keeper.look_at(stream.place)

    def look(self, stream: Stream) -> None:
        """Let a file not be due later than what is begun now: the clock may have been set back by years."""
        stream.due = min(stream.due, self.schedule.end(clock.time()))

    def is_due(self, stream: Stream) -> bool:
        """Return whether a file is to be rotated now: an empty one never is."""
        if not stream.size or not stream.regular:
            return False
        return (stream.full or clock.time() >= stream.due) and clock.monotonic() >= stream.resting

    def rotate(self, stream: Stream) -> bool:
        """Rotate a file, and go on in a new one; if another process was faster, in the one that it made.

        Returns:
            Whether it is done: not, while another process rotates in the same folder.

        Raises:
            OSError: It cannot be renamed: what is written goes on to come into it.
            CannotOpenError: There can be no new one.
        """
        stream.resting = clock.monotonic() + PAUSE
        with _locked(stream.opened.folder) as locked:
            if not locked:
                stream.resting = 0.0
                return False
            if not stream.moved:
                folder = stream.opened.folder
                name = next_name(stream.opened.name, clock.time(), os.listdir(folder))  # noqa: PTH208
                os.rename(stream.opened.name, name, src_dir_fd=folder, dst_dir_fd=folder)
        stream.reopen()
        stream.resting = 0.0
        self.begin(stream)
        return True


@contextmanager
def _locked(folder: int) -> Iterator[bool]:
    """Keep other processes from rotating in a folder; no file is left for it."""
    try:
        fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        yield False
        return
    try:
        yield True
    finally:
        fcntl.flock(folder, fcntl.LOCK_UN)
