"""Child: a child process and its process group."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Any, NamedTuple

import gevent
from gevent.subprocess import DEVNULL, PIPE, Popen, TimeoutExpired

from wishbone import clock

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

POLL_SECONDS = 0.02
"""Seconds between two checks whether a process group still exists. There is no notification for it."""

PR_SET_PDEATHSIG = 1
"""prctl(2): sets the signal that a process gets when the thread that started it ends."""


class Exit(NamedTuple):
    """How a child ended."""

    pid: int
    status: int | None
    """The exit status, unless a signal ended it."""

    signal: str | None
    """The name of the signal that ended it."""

    seconds: float
    """How long it ran."""


class _Process(Popen):  # type: ignore[type-arg] # generic for the checker only
    """A process that is killed when the greenlet that starts it is killed meanwhile."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        try:
            super().__init__(*args, **kwargs)
        except BaseException:
            if self.pid is not None:
                self.kill()
            raise


class Child:
    """A child process that leads its own session and process group.

    Signals reach the processes that it starts too, and Ctrl-C at the server's terminal does not reach it. On
    Linux the kernel kills the child when the server dies for any reason.
    """

    def __init__(
        self, command: Sequence[str], directory: str | None, environment: Mapping[str, str], *, stderr: bool
    ) -> None:
        """Start the process.

        Args:
            command: The program and its arguments, without a shell.
            directory: Working directory; that of the server if None.
            environment: Its whole environment.
            stderr: Whether standard error is read; otherwise it is discarded.

        Raises:
            OSError: The program cannot be started.
        """
        self._started = clock.monotonic()
        self._process: Any = _Process(
            command,
            bufsize=0,
            stdin=DEVNULL,
            stdout=PIPE,
            stderr=PIPE if stderr else DEVNULL,
            cwd=directory,
            env=dict(environment),
            start_new_session=True,
            preexec_fn=_die_with_parent(),  # gevent's Popen runs Python between fork and exec in any case
        )
        self.pid: int = self._process.pid
        self.stdout: Any = self._process.stdout
        self.stderr: Any = self._process.stderr
        self._gone = False

    @property
    def ended(self) -> bool:
        """Whether the child has ended and was reaped."""
        return self._process.poll() is not None

    def wait(self, seconds: float | None = None) -> bool:
        """Wait until the child has ended.

        Args:
            seconds: Maximum time to wait; no limit if None.

        Returns:
            Whether it has ended.
        """
        with suppress(TimeoutExpired):
            self._process.wait(seconds)
        return self.ended

    def signal(self, number: signal.Signals) -> bool:
        """Send a signal to the process group, and return whether any process got it."""
        return self._signal(number)

    def end(self, seconds: float) -> bool:
        """Send SIGTERM to the process group, and SIGKILL to those that still run after some time.

        Args:
            seconds: The time between the two signals.

        Returns:
            Whether all processes ended before SIGKILL.
        """
        deadline = clock.monotonic() + seconds
        self.signal(signal.SIGTERM)
        while self.alive and clock.monotonic() < deadline:
            gevent.sleep(POLL_SECONDS)
        killed = self.signal(signal.SIGKILL)
        self._gone = True
        return not killed

    @property
    def alive(self) -> bool:
        """Whether the process group has any process left."""
        return self._signal(0)

    def exit(self) -> Exit:
        """Return how the child ended."""
        code: int = self._process.returncode
        seconds = round(clock.monotonic() - self._started, 3)
        if code >= 0:
            return Exit(self.pid, code, None, seconds)
        return Exit(self.pid, None, _name(-code), seconds)

    def close(self) -> None:
        """Kill the process group and close the pipes."""
        self.signal(signal.SIGKILL)
        for pipe in (self.stdout, self.stderr):
            if pipe is not None:
                with suppress(OSError):
                    pipe.close()

    def _signal(self, number: int) -> bool:
        # Once the group is gone, the kernel can give its number to other processes.
        if not self._gone:
            try:
                os.killpg(self.pid, number)
            except (ProcessLookupError, PermissionError):  # macOS: only zombies are left
                self._gone = self.ended
                return False
        return not self._gone


def _name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:  # real-time signals have no name
        return str(number)


def _die_with_parent() -> Callable[[], None] | None:
    """Return a function that the child runs before its program, so that it does not outlive the server."""
    if not sys.platform.startswith("linux"):
        return None
    prctl = ctypes.CDLL(None).prctl
    parent = os.getpid()

    def die_with_parent() -> None:
        prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:  # the server died before prctl
            os.kill(os.getpid(), signal.SIGKILL)

    return die_with_parent
