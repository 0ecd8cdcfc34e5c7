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
        """Write to a file descriptor, which `close` leaves open."""
        self._given = descriptor
        self.terminal = os.isatty(descriptor)
        self._may_block = self.terminal or _can_be_full(descriptor)
        self.descriptor = reopen(descriptor) if self._may_block else descriptor
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

    def close(self) -> None:
        """Close what was opened for writing to the given descriptor."""
        if self.descriptor != self._given:
            os.close(self.descriptor)

    def _write_all(self, content: bytes) -> None:
        while content:
            if self._may_block and not is_writable(self.descriptor):
                wait_write(self.descriptor)
            try:
                content = content[os.write(self.descriptor, content) :]
            except BlockingIOError:  # another process that shares the pipe has filled it
                wait_write(self.descriptor)


def is_writable(descriptor: int, seconds: float | None = 0) -> bool:
    """Return whether a descriptor takes bytes, without yielding: a last line is written before a stop.

    Args:
        descriptor: An open file descriptor.
        seconds: How long to wait until it does; None waits without end.
    """
    poll = monkey.get_original("select", "poll")()
    poll.register(descriptor, POLLOUT)
    return bool(poll.poll(None if seconds is None else seconds * 1000))


def _can_be_full(descriptor: int) -> bool:
    mode = os.fstat(descriptor).st_mode
    return stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode)


def reopen(descriptor: int) -> int:
    """Open a pipe or terminal again as non-blocking, where the system can.

    Setting the flag on the given descriptor would set it for all processes that share it.
    """
    flags = os.O_WRONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
    try:
        return os.open(f"/dev/fd/{descriptor}", flags)
    except OSError:  # a socket, or a terminal of another user
        return descriptor
