"""Syncer: makes sure that written events survive a loss of power, many events at once.

A sync blocks for milliseconds, or for seconds on a busy disk, so it runs in a thread. One sync settles
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
    from wishbone_output_file.open_file import OpenFile

MAX_UNSYNCED = 10_000
"""Most events that wait for a sync: then it is done at once, and writing waits for it."""

_NOTHING_TO_SYNC = (errno.EINVAL, errno.ENOTSUP)
"""The errors of devices such as /dev/null."""


class Syncer:
    """Keeps the events that are written and not yet synced, by file."""

    def __init__(self, settle: Callable[[list[Event], OSError | None], object]) -> None:
        """Start disabled.

        Args:
            settle: Called with the events of a file that was written and, when enabled, synced; and with
                the error if that failed. It must not block.
        """
        self.enabled = False
        """Whether anything is synced. Otherwise events are settled when they are written."""
        self.due = Flag()
        """Set while there is something to sync."""
        self._settle = settle
        self._waiting: dict[int, list[Event]] = {}
        self._syncing: dict[int, list[Event]] = {}
        self._retired: list[OpenFile] = []
        self._folders: list[int] = []
        self._count = 0
        self._lock = BoundedSemaphore()
        # One thread of its own: it blocks as long as the disk does.
        self._pool = ThreadPool(1)

    @property
    def full(self) -> bool:
        """Whether no more events may wait for a sync."""
        return self._count >= MAX_UNSYNCED

    def add(self, opened: OpenFile, events: list[Event]) -> None:
        """Keep written events until the file is synced."""
        if not self.enabled:
            self._settle(events, None)
            return
        self._waiting.setdefault(opened.descriptor, []).extend(events)
        self._count += len(events)
        self.due.set()

    def add_folder(self, opened: OpenFile) -> None:
        """Sync the folder of a file that was made or renamed."""
        if self.enabled:
            self._folders.append(os.dup(opened.folder))
            self.due.set()

    def retire(self, opened: OpenFile) -> None:
        """Sync a file a last time, then close it."""
        if not self.enabled:
            opened.close()
            return
        self._waiting.setdefault(opened.descriptor, [])
        self._retired.append(opened)
        self.due.set()

    def sync(self, timeout: float | None = None) -> None:
        """Sync everything that was written before, and settle it.

        Args:
            timeout: Seconds to wait for the disk before everything is settled as failed.
        """
        with self._lock:
            if not self.enabled:
                return
            retired, folders = self._take()
            try:
                with Timeout(timeout, OSError(errno.ETIMEDOUT, os.strerror(errno.ETIMEDOUT))):
                    errors = self._pool.apply(_sync, (list(self._syncing), folders))
            except OSError as error:
                errors = dict.fromkeys(self._syncing, error)
            done, self._syncing = self._syncing, {}
            for opened in retired:
                opened.close()
            del self._retired[: len(retired)]
            for descriptor, events in done.items():
                self._settle(events, errors.get(descriptor))

    def close(self) -> None:
        """End the thread."""
        self._pool.maxsize = 0

    def _take(self) -> tuple[list[OpenFile], list[int]]:
        """Take what is to be synced, including what a sync that was killed has left."""
        self.due.clear()
        for descriptor, events in self._waiting.items():
            self._syncing.setdefault(descriptor, []).extend(events)
        folders = self._folders
        self._waiting, self._folders, self._count = {}, [], 0
        return self._retired[:], folders


def _sync(files: list[int], folders: list[int]) -> dict[int, OSError]:
    """Sync files and folders, in a thread; return the errors by file."""
    errors: dict[int, OSError] = {}
    for descriptor in files:
        try:
            os.fsync(descriptor)
        except OSError as error:
            if error.errno not in _NOTHING_TO_SYNC:
                errors[descriptor] = error
    for folder in folders:
        try:
            os.fsync(folder)
        except OSError as error:
            errors.update(dict.fromkeys(files, error))
        finally:
            os.close(folder)
    return errors
