"""StandardStream: writes to standard output or standard error without blocking the hub.

The descriptor stays as it is: O_NONBLOCK belongs to the open file, which the shell and the other programs on
that terminal or pipe share. A pipe is opened once more instead, and takes what it has room for; a thread
writes the rest. Everything that cannot be opened again, such as a socket, is written by the thread.
"""

from __future__ import annotations

import errno
import os
import select
import stat
import sys
from collections import defaultdict
from typing import IO, Literal, NamedTuple

from gevent import monkey
from gevent.lock import BoundedSemaphore
from gevent.threadpool import ThreadPool

from wishbone.error import ConfigError

Name = Literal["stdout", "stderr"]

_GONE = (errno.EPIPE, errno.ECONNRESET)
"""The errors of a write when the reader is gone."""

_locks: defaultdict[tuple[int, int], BoundedSemaphore] = defaultdict(BoundedSemaphore)
"""Locks by device and inode: two modules that write to one pipe must not mix their lines."""


class WriteResult(NamedTuple):
    """The outcome of a write."""

    size: int
    """How many bytes were written."""

    error: OSError | None
    """Why not all were."""


class StandardStream:
    """Standard output or standard error of this process."""

    def __init__(self, name: Name) -> None:
        """Check where it leads.

        Args:
            name: Which of the two.

        Raises:
            ConfigError: The process has no such stream, or replaced it by an object without a descriptor.
        """
        stream: IO[str] | None = getattr(sys, name)
        try:
            assert stream is not None, "it is closed"
            stream.flush()
            self.descriptor = stream.fileno()
        except (AssertionError, ValueError) as error:
            message = f"Nothing can be written to {name}: {error}. Redirect it to a file, or to /dev/null."
            raise ConfigError(message) from error
        self.name = name
        self.terminal = os.isatty(self.descriptor)
        status = os.fstat(self.descriptor)
        self._lock = _locks[status.st_dev, status.st_ino]
        # A pool of its own: its thread blocks while the reader is slow, and the hub's pool resolves names.
        self._pool = ThreadPool(1)
        self._nonblocking = _reopen(self.descriptor) if stat.S_ISFIFO(status.st_mode) else None

    def write(self, data: bytes) -> WriteResult:
        """Write, and let other greenlets run meanwhile."""
        with self._lock:
            size = self._write_what_fits(data)
            if size == len(data):
                return WriteResult(size, None)
            rest: WriteResult = self._pool.apply(_write, (self.descriptor, memoryview(data)[size:]))
        return WriteResult(size + rest.size, rest.error)

    def gone(self, error: OSError) -> bool:
        """Return whether an error means that the reader is gone."""
        return error.errno in _GONE or (self.terminal and error.errno == errno.EIO)

    def mute(self) -> None:
        """Point the descriptor to /dev/null: otherwise Python fails when it flushes a closed pipe at exit."""
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, self.descriptor)
        os.close(nowhere)

    def close(self) -> None:
        """End the thread, without waiting for a write that blocks."""
        self._pool.maxsize = 0
        if self._nonblocking is not None:
            os.close(self._nonblocking)
            self._nonblocking = None

    def _write_what_fits(self, data: bytes) -> int:
        if self._nonblocking is None:
            return 0
        try:
            return os.write(self._nonblocking, data)
        except OSError:
            return 0  # the pipe is full, or the thread gets the error too


def _reopen(descriptor: int) -> int | None:
    """Open a pipe again, with flags of its own; None where that is not allowed or there is no /proc."""
    try:
        return os.open(f"/proc/self/fd/{descriptor}", os.O_WRONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return None


def _write(descriptor: int, data: bytes | memoryview) -> WriteResult:
    """Write everything, however long that takes: this runs in a thread."""
    rest = memoryview(data)
    while rest:
        try:
            rest = rest[os.write(descriptor, rest) :]
        except BlockingIOError:
            _wait_for_room(descriptor)
        except OSError as error:
            return WriteResult(len(data) - len(rest), error)
    return WriteResult(len(data), None)


def _wait_for_room(descriptor: int) -> None:
    """Wait for a pipe that another program made non-blocking; gevent's poll needs a hub in this thread."""
    poll = monkey.get_original("select", "poll")()
    poll.register(descriptor, select.POLLOUT)
    poll.poll()
