"""Child: a process of our own, with all that it starts, from its start to its end."""

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
"""Seconds between two looks at whether a process group is still there: nobody tells."""

PR_SET_PDEATHSIG = 1
"""Of prctl(2): which signal a process gets when the thread that started it ends."""


class Exit(NamedTuple):
    """How a child ended."""

    pid: int
    status: int | None
    """What it returned, unless a signal ended it."""

    signal: str | None
    """The name of the signal that ended it."""

    seconds: float
    """How long it ran."""


class _Process(Popen):  # type: ignore[type-arg] # generic for the checker only
    """A process that does not go on when whoever starts it is killed before it has started."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        try:
            super().__init__(*args, **kwargs)
        except BaseException:
            if self.pid is not None:
                self.kill()
            raise


class Child:
    """A child process, the leader of a process group and a session of its own.

    So what it starts can be signalled with it, and Ctrl-C at our terminal is ours alone. On Linux the kernel
    kills the child when we die, however we die.
    """

    def __init__(
        self, command: Sequence[str], directory: str | None, environment: Mapping[str, str], *, stderr: bool
    ) -> None:
        """Start it.

        Args:
            command: The program and its arguments. No shell reads them.
            directory: Where it runs; here, if it is not given.
            environment: All of its environment.
            stderr: Whether somebody reads what it writes to standard error.

        Raises:
            OSError: It cannot be started.
        """
        self._began = clock.monotonic()
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
        """Whether it has ended, and been reaped."""
        return self._process.poll() is not None

    def wait(self, seconds: float | None = None) -> bool:
        """Wait until it has ended.

        Args:
            seconds: How long at most; as long as it takes, if it is not given.

        Returns:
            Whether it has.
        """
        with suppress(TimeoutExpired):
            self._process.wait(seconds)
        return self.ended

    def signal(self, number: signal.Signals) -> bool:
        """Send a signal to it and to all of its process group, and return whether there was anybody."""
        return self._signal(number)

    def end(self, seconds: float) -> bool:
        """Ask it and its process group to end, and kill what has not after some time.

        Args:
            seconds: How much time they have.

        Returns:
            Whether all ended by themselves.
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
        """Whether it, or any process of its group, is there."""
        return self._signal(0)

    def exit(self) -> Exit:
        """Return how it ended."""
        code: int = self._process.returncode
        seconds = round(clock.monotonic() - self._began, 3)
        if code >= 0:
            return Exit(self.pid, code, None, seconds)
        return Exit(self.pid, None, _name(-code), seconds)

    def close(self) -> None:
        """Kill what is left, and let go of the pipes."""
        self.signal(signal.SIGKILL)
        for pipe in (self.stdout, self.stderr):
            if pipe is not None:
                with suppress(OSError):
                    pipe.close()

    def _signal(self, number: int) -> bool:
        # Once nobody is there, or all are killed, the number may become that of strangers.
        if not self._gone:
            try:
                os.killpg(self.pid, number)
            except (ProcessLookupError, PermissionError):  # macOS forbids it where only zombies are left
                self._gone = self.ended
                return False
        return not self._gone


def _name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:  # those for real time have none
        return str(number)


def _die_with_parent() -> Callable[[], None] | None:
    """Return what a child runs before its program, so that it does not outlive us."""
    if not sys.platform.startswith("linux"):
        return None
    prctl = ctypes.CDLL(None).prctl
    parent = os.getpid()

    def die_with_parent() -> None:
        prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:  # it died before
            os.kill(os.getpid(), signal.SIGKILL)

    return die_with_parent
