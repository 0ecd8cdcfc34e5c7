"""Stream: writes to a file descriptor in a thread, so that a slow reader does not hold up the hub.

Making the descriptor non-blocking would be cheaper, and wrong: the flag belongs to the open file, which
the shell and every other program at that terminal or pipe share.
"""

from __future__ import annotations

import errno
import os
import select
import sys
from collections import defaultdict
from typing import IO, Literal, NamedTuple

from gevent import monkey
from gevent.lock import BoundedSemaphore
from gevent.threadpool import ThreadPool

from wishbone.error import ConfigError

Name = Literal["stdout", "stderr"]

_GONE = (errno.EPIPE, errno.ECONNRESET)
"""What a write says when nobody will read any more."""

_turns: defaultdict[tuple[int, int], BoundedSemaphore] = defaultdict(BoundedSemaphore)
"""Who may write, by device and inode: two modules at one pipe must not cut each other's lines."""


class Written(NamedTuple):
    """How far a write came."""

    size: int
    """How many bytes were taken."""

    error: OSError | None
    """Why not all of them."""


class Stream:
    """Standard output or standard error of this process."""

    def __init__(self, name: Name) -> None:
        """Look at where it leads.

        Args:
            name: Which of the two.

        Raises:
            ConfigError: The process has none, or something without a descriptor stands in its place.
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
        self._turn = _turns[status.st_dev, status.st_ino]
        # A pool of its own: where nobody reads, its thread hangs, and name resolution uses the hub's.
        self._pool = ThreadPool(1)

    def write(self, data: bytes) -> Written:
        """Write, and let other greenlets work meanwhile.

        Args:
            data: What to write.

        Returns:
            How far it came.
        """
        with self._turn:
            written: Written = self._pool.apply(_write, (self.descriptor, data))
        return written

    def gone(self, error: OSError) -> bool:
        """Return whether the error means that nobody will ever read what is written."""
        return error.errno in _GONE or (self.terminal and error.errno == errno.EIO)

    def mute(self) -> None:
        """Lead the descriptor to nowhere, or Python complains when it flushes a closed pipe at its exit."""
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, self.descriptor)
        os.close(nowhere)

    def close(self) -> None:
        """Let the thread end: at once, or when its last write returns, which nobody waits for."""
        self._pool.maxsize = 0


def _write(descriptor: int, data: bytes) -> Written:
    """Write everything, however long that takes: this runs in a thread."""
    rest = memoryview(data)
    while rest:
        try:
            rest = rest[os.write(descriptor, rest) :]
        except BlockingIOError:
            _wait_for_room(descriptor)
        except OSError as error:
            return Written(len(data) - len(rest), error)
    return Written(len(data), None)


def _wait_for_room(descriptor: int) -> None:
    """Wait for a pipe that somebody made non-blocking; gevent's own poll would need a hub in this thread."""
    poll = monkey.get_original("select", "poll")()
    poll.register(descriptor, select.POLLOUT)
    poll.poll()
