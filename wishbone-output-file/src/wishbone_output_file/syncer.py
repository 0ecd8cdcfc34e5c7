"""Syncer: makes sure that what was written outlives a loss of power, for many events at once.

A sync waits for the disk, some milliseconds or, on a busy one, seconds: it runs in a thread, and one settles
everything that was written before it began.
"""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING

from gevent import Timeout
from gevent.event import Event as Flag
from gevent.lock import BoundedSemaphore
from gevent.threadpool import ThreadPool

if TYPE_CHECKING:
    from collections.abc import Callable

    from wishbone.event import Event
    from wishbone_output_file.opening import Opened

MOST_EVENTS = 10_000
"""Events that wait for a sync at most: then it comes at once, and who writes waits for it."""

_CANNOT = (errno.EINVAL, errno.ENOTSUP)
"""What a device says that has nothing to sync, such as /dev/null."""


class Syncer:
    """Keeps the events that were written and not yet synced, by file."""

    def __init__(self, settle: Callable[[list[Event], OSError | None], object]) -> None:
        """Wait for the first.

        Args:
            settle: Called with the events of a file that was synced, and with the error if that failed. It
                must not wait.
        """
        self._due = Flag()
        self._settle = settle
        self._waiting: dict[int, list[Event]] = {}
        self._syncing: dict[int, list[Event]] = {}
        self._retired: list[Opened] = []
        self._folders: list[int] = []
        self._count = 0
        self._turn = BoundedSemaphore()
        # One thread, and none that others need: where the disk hangs, it hangs, too.
        self._pool = ThreadPool(1)

    @property
    def full(self) -> bool:
        """Whether as many events wait as may."""
        return self._count >= MOST_EVENTS

    def add(self, opened: Opened, events: list[Event]) -> None:
        """Keep events that were written, until the file is synced."""
        self._waiting.setdefault(opened.descriptor, []).extend(events)
        self._count += len(events)
        self._due.set()

    def add_folder(self, opened: Opened) -> None:
        """Sync the folder of a file as well: the file was made, or has another name."""
        self._folders.append(os.dup(opened.folder))
        self._due.set()

    def retire(self, opened: Opened) -> None:
        """Close a file, after it was synced for the last time."""
        self._waiting.setdefault(opened.descriptor, [])
        self._retired.append(opened)
        self._due.set()

    def sync(self, seconds: float | None = None) -> None:
        """Sync everything that was written before, and settle it.

        Args:
            seconds: How long to wait for the disk, before everything is settled as failed.
        """
        with self._turn:
            retired, folders = self._take()
            try:
                with Timeout(seconds, OSError(errno.ETIMEDOUT, os.strerror(errno.ETIMEDOUT))):
                    errors = self._pool.apply(_sync, (list(self._syncing), folders))
            except OSError as error:
                errors = dict.fromkeys(self._syncing, error)
            done, self._syncing = self._syncing, {}
            for opened in retired:
                close(opened)
            del self._retired[: len(retired)]
            for descriptor, events in done.items():
                self._settle(events, errors.get(descriptor))

    def wait(self) -> None:
        """Wait until there is something to sync, or until woken."""
        self._due.wait()

    def wake(self) -> None:
        """Wake who waits."""
        self._due.set()

    def close(self) -> None:
        """Let the thread end."""
        self._pool.maxsize = 0

    def _take(self) -> tuple[list[Opened], list[int]]:
        """Take what is to be synced, and what an earlier sync was killed on."""
        self._due.clear()
        for descriptor, events in self._waiting.items():
            self._syncing.setdefault(descriptor, []).extend(events)
        folders = self._folders
        self._waiting, self._folders, self._count = {}, [], 0
        return self._retired[:], folders


class NoSync:
    """Leaves it to the operating system when what was written comes to the disk."""

    full = False

    def __init__(self, settle: Callable[[list[Event], OSError | None], object]) -> None:
        """Settle at once.

        Args:
            settle: Called with the events that were written.
        """
        self._settle = settle

    def add(self, _: Opened, events: list[Event]) -> None:
        """Settle events that were written."""
        self._settle(events, None)

    def add_folder(self, opened: Opened) -> None:
        """Do nothing."""

    def retire(self, opened: Opened) -> None:
        """Close a file."""
        close(opened)

    def sync(self, seconds: float | None = None) -> None:
        """Do nothing."""

    def wait(self) -> None:
        """Do nothing."""

    def wake(self) -> None:
        """Do nothing."""

    def close(self) -> None:
        """Do nothing."""


def close(opened: Opened) -> None:
    """Close a file and its folder."""
    os.close(opened.descriptor)
    os.close(opened.folder)


def _sync(files: list[int], folders: list[int]) -> dict[int, OSError]:
    """Sync files and folders, in a thread; return what went wrong, by file."""
    errors: dict[int, OSError] = {}
    for descriptor in files:
        try:
            os.fsync(descriptor)
        except OSError as error:
            if error.errno not in _CANNOT:
                errors[descriptor] = error
    for folder in folders:
        try:
            os.fsync(folder)
        except OSError as error:
            errors.update(dict.fromkeys(files, error))
        finally:
            os.close(folder)
    return errors
