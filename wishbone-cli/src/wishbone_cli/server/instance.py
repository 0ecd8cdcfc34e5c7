"""Instance: a worker process as the supervisor sees it; Uplink: the supervisor as the worker sees it."""

from __future__ import annotations

import os
import signal
from typing import NamedTuple

from wishbone_cli.server.original import clock
from wishbone_cli.server.restart import Restarts


class Uplink(NamedTuple):
    """What connects a worker to its supervisor."""

    told: int
    """The end of a pipe that says that the worker is up."""

    lifeline: int
    """The end of a pipe that nobody writes to: it ends when the supervisor does."""

    def up(self) -> None:
        """Say that the worker is up."""
        os.write(self.told, b"u")
        os.close(self.told)


class Instance:
    """One of the worker processes: which process it is now, and how it does."""

    def __init__(self, number: int) -> None:
        """Number it, from 1."""
        self.number = number
        self.restarts = Restarts()
        self.pid = 0
        self.heard = -1
        self.up = False
        self.begun = 0.0
        self.ended = 0.0
        self.due: float | None = None

    @property
    def active(self) -> bool:
        """Whether it runs, or is about to."""
        return bool(self.pid) or self.due is not None

    @property
    def lived(self) -> float:
        """Seconds that the process ran which ended last."""
        return self.ended - self.begun

    def begin(self, pid: int, heard: int) -> None:
        """Note that a process runs.

        Args:
            pid: The process.
            heard: The end of a pipe by which it says that it is up.
        """
        self.pid, self.heard = pid, heard
        self.begun = clock()
        self.up, self.due = False, None
        os.set_blocking(heard, False)

    def end(self) -> None:
        """Note that the process has ended, and hear its last word."""
        self.listen()
        self.pid = 0
        self.ended = clock()

    def listen(self) -> None:
        """Hear whether it is up."""
        if self.heard < 0:
            return
        try:
            self.up = bool(os.read(self.heard, 1))
        except BlockingIOError:
            return
        os.close(self.heard)
        self.heard = -1


def describe_death(code: int) -> str:
    """Say how a process ended.

    Args:
        code: Its exit code, or a signal's number below zero.
    """
    if code < 0:
        return f"was killed by {signal.Signals(-code).name}"
    return f"ended with exit code {code}"
