"""Instance: a worker process as the supervisor sees it; ReadinessPipe: the worker's end of the connection."""

from __future__ import annotations

import os
import signal
from contextlib import suppress
from typing import NamedTuple

from wishbone_cli.server.restart_policy import RestartPolicy
from wishbone_cli.server.unpatched import clock

INCOMPLETE = 10
"""The exit code of a worker that has ended in order, but failed or left events: no reason to restart it."""


class ReadinessPipe(NamedTuple):
    """Connects a worker to its supervisor."""

    write_end: int
    """The worker writes one byte here when it is ready."""

    lifeline: int
    """The read end of a pipe that reports the end of file when the supervisor has ended."""

    def ready(self) -> None:
        """Report that the worker is ready."""
        with suppress(BrokenPipeError):  # without a supervisor, the lifeline stops the worker gracefully
            os.write(self.write_end, b"r")
        os.close(self.write_end)


class Instance:
    """One worker: its current process, and whether that is ready."""

    def __init__(self, number: int) -> None:
        """Take the number, which counts from 1."""
        self.number = number
        self.restarts = RestartPolicy()
        self.pid = 0
        self.read_end = -1
        self.ready = False
        self.started = 0.0
        self.lifetime = 0.0
        self.due: float | None = None

    @property
    def active(self) -> bool:
        """Whether it runs, or will be restarted."""
        return bool(self.pid) or self.due is not None

    def begin(self, pid: int, read_end: int) -> None:
        """Record a new process, and the pipe through which it reports that it is ready."""
        self.pid, self.read_end = pid, read_end
        self.started = clock()
        self.ready, self.due = False, None
        os.set_blocking(read_end, False)

    def end(self) -> None:
        """Record that the process has ended."""
        self.check_ready()
        self.pid = 0
        self.lifetime = clock() - self.started

    def check_ready(self) -> None:
        """Read from the pipe whether the process is ready."""
        if self.read_end < 0:
            return
        try:
            self.ready = bool(os.read(self.read_end, 1))
        except BlockingIOError:
            return
        os.close(self.read_end)
        self.read_end = -1


def describe_death(code: int) -> str:
    """Say how a process ended, from its exit code, or the negative number of a signal."""
    if code < 0:
        return f"was killed by {signal.Signals(-code).name}"
    return f"ended with exit code {code}"
