"""LineWriter: writes lines to a file descriptor without blocking other greenlets."""

from __future__ import annotations

import os
import stat
from select import POLLOUT

from gevent import monkey
from gevent.lock import BoundedSemaphore
from gevent.socket import wait_write

CHUNK = 4096
"""Bytes that a pipe accepts at once when it is writable (PIPE_BUF, pipe(7))."""


class LineWriter:
    """Writes to a file, a pipe or a terminal.

    It waits cooperatively for a slow reader or a stopped terminal, so that a signal still stops the program.
    """

    def __init__(self, descriptor: int) -> None:
        """Write to a file descriptor, which stays open."""
        self.descriptor = descriptor
        self.terminal = os.isatty(descriptor)
        self._may_block = self.terminal or _can_be_full(descriptor)
        self._lock = BoundedSemaphore(1)

    def write(self, line: str) -> None:
        """Write a line.

        Raises:
            OSError: It cannot be written: there is no reader (`BrokenPipeError`), or the disk is full.
        """
        content = f"{line}\n".encode(errors="backslashreplace")
        with self._lock:
            for start in range(0, len(content), CHUNK):
                self._write_all(content[start : start + CHUNK])

    def _write_all(self, content: bytes) -> None:
        while content:
            if self._may_block and not self._is_writable():
                wait_write(self.descriptor)
            content = content[os.write(self.descriptor, content) :]

    def _is_writable(self) -> bool:
        """Ask without yielding, so that the last line of a pipeline that stops at once is written."""
        poll = monkey.get_original("select", "poll")()
        poll.register(self.descriptor, POLLOUT)
        return bool(poll.poll(0))


def _can_be_full(descriptor: int) -> bool:
    mode = os.fstat(descriptor).st_mode
    return stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode)
