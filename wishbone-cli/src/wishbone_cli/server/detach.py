"""Detaches a process from its terminal; the one that started it waits to hear how that went."""

from __future__ import annotations

import os
import signal
import sys
from contextlib import suppress
from pathlib import Path

from wishbone_cli.server.original import fork, select, set_handler, waitpid

UMASK = 0o027
"""Files that a server makes are read by its group, and by nobody else."""

FIRST_FREE = 3
"""The file descriptor after standard error."""


class Starter:
    """The process that waits for the start: shown what goes wrong, told how it went."""

    def __init__(self, descriptor: int) -> None:
        """Tell it by a pipe."""
        self.descriptor = descriptor

    def tell(self, message: str) -> None:
        """Say that the server is up; from now on nobody reads standard error.

        Raises:
            BrokenPipeError: It does not wait any more.
        """
        os.write(self.descriptor, message.encode())
        # Not closed: the number stays taken, so that workers started later can close it as the first did.
        _redirect(os.O_WRONLY, self.descriptor)
        _redirect(os.O_WRONLY, 2)


def detach(directory: str) -> Starter:
    """Go on as a process without a terminal, which is a process group of its own.

    The process that calls this never returns from it: it waits, repeats on its own standard error what
    the detached one writes there, and ends when that is up (exit code 0), or with its exit code.

    Args:
        directory: The working folder of the detached process.

    Returns:
        The way to tell the waiting process that all is well.
    """
    messages, messages_in = os.pipe()
    result, result_in = os.pipe()
    child = fork()
    if child:
        os.close(messages_in)
        os.close(result_in)
        waitpid(child, 0)
        sys.exit(_wait(messages, result))
    os.setsid()
    # A second fork: who leads no session cannot get a terminal again by opening one.
    if fork():
        os._exit(0)
    os.setpgid(0, 0)
    set_handler(signal.SIGHUP, signal.SIG_IGN)
    os.umask(UMASK)
    os.chdir(directory)
    _close_inherited()
    _redirect(os.O_RDONLY, 0)
    _redirect(os.O_WRONLY, 1)
    os.dup2(messages_in, 2)
    for descriptor in (messages, messages_in, result):
        os.close(descriptor)
    return Starter(result_in)


def _wait(messages: int, result: int) -> int:
    """Repeat messages until there is a result; without one, the detached process has failed."""
    while True:
        ready, _, _ = select([messages, result], [], [])
        if messages in ready and (content := os.read(messages, 65536)):
            os.write(2, content)
        elif result in ready:
            told = os.read(result, 65536)
            # Whether it runs is what the exit code says, also where nobody reads this: `| true`, a full disk.
            with suppress(OSError):
                os.write(1, told)
            return 0 if told else 1


def _close_inherited() -> None:
    """Close what a shell handed down; what Python opened itself is not inheritable."""
    for path in list(Path("/dev/fd").iterdir()):
        descriptor = int(path.name)
        # The one that listed the folder is in the list, and closed by now.
        with suppress(OSError):
            if descriptor >= FIRST_FREE and os.get_inheritable(descriptor):
                os.close(descriptor)


def _redirect(mode: int, descriptor: int) -> None:
    """Let a file descriptor lead nowhere."""
    nowhere = os.open(os.devnull, mode)
    os.dup2(nowhere, descriptor)
    os.close(nowhere)
