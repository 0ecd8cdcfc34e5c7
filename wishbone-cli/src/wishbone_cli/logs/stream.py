"""Stream: writes lines to a file descriptor without ever holding up the other greenlets."""

from __future__ import annotations

import os
import stat
from select import POLLOUT

from gevent import monkey
from gevent.lock import BoundedSemaphore
from gevent.socket import wait_write

CHUNK = 4096
"""Bytes that a pipe takes at once when it says that it can be written to (PIPE_BUF, pipe(7))."""


class Stream:
    """Writes to a file, a pipe or a terminal.

    A pipe whose reader is slow, or a terminal that is held, is waited for cooperatively: whoever
    wants to stop the program with a signal still can.
    """

    def __init__(self, descriptor: int) -> None:
        """Write to a file descriptor, which stays open."""
        self.descriptor = descriptor
        self.terminal = os.isatty(descriptor)
        self._waits = self.terminal or _can_be_full(descriptor)
        self._turn = BoundedSemaphore(1)

    def write(self, line: str) -> None:
        """Write a line.

        Raises:
            OSError: It cannot be written: nobody reads (`BrokenPipeError`), or no space is left.
        """
        content = f"{line}\n".encode(errors="backslashreplace")
        with self._turn:
            for start in range(0, len(content), CHUNK):
                self._write_all(content[start : start + CHUNK])

    def _write_all(self, content: bytes) -> None:
        while content:
            if self._waits and not self._has_room():
                wait_write(self.descriptor)
            content = content[os.write(self.descriptor, content) :]

    def _has_room(self) -> bool:
        """Ask without letting others run: the last line of a pipeline that stops at once gets out."""
        poll = monkey.get_original("select", "poll")()
        poll.register(self.descriptor, POLLOUT)
        return bool(poll.poll(0))


def _can_be_full(descriptor: int) -> bool:
    mode = os.fstat(descriptor).st_mode
    return stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode)
