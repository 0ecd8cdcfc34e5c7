"""Detaches a process from its terminal; the process that launched it waits for the result."""

from __future__ import annotations

import os
import signal
from contextlib import suppress
from pathlib import Path
from select import PIPE_BUF

from wishbone_cli.server.unpatched import fork, select, set_handler, waitpid

UMASK = 0o027
"""Files that a server creates are readable by its group and by no others."""

WRITE_SECONDS = 1.0
"""Seconds that the launcher waits for a reader of its output, before it drops the rest."""

FIRST_FREE = 3
"""The file descriptor after standard error."""


class Launcher:
    """The process that launched this one, and waits for its result."""

    def __init__(self, descriptor: int) -> None:
        """Reach it through a pipe."""
        self.descriptor = descriptor

    def report(self, message: str) -> None:
        """Report that the server runs. After this, standard error goes to /dev/null.

        Raises:
            BrokenPipeError: The launcher has ended.
        """
        os.write(self.descriptor, message.encode())
        # Not closed: workers that are started later close the same descriptor numbers as the first.
        _redirect_to_null(os.O_WRONLY, self.descriptor)
        _redirect_to_null(os.O_WRONLY, 2)


def detach(directory: str) -> Launcher:
    """Continue in a process without a terminal, in a process group of its own.

    The calling process does not return: it copies to its standard error what the detached process writes
    there, and exits with 0 after its report, or else with 1.

    Args:
        directory: The working folder of the detached process.
    """
    messages, messages_in = os.pipe()
    result, result_in = os.pipe()
    child = fork()
    if child:
        os.close(messages_in)
        os.close(result_in)
        waitpid(child, 0)
        # Not sys.exit, which replaces the exit code when buffered output cannot be written.
        os._exit(_wait(messages, result))
    os.setsid()
    # The second fork: a process that does not lead its session cannot acquire a terminal.
    if fork():
        os._exit(0)
    os.setpgid(0, 0)
    set_handler(signal.SIGHUP, signal.SIG_IGN)
    os.umask(UMASK)
    os.chdir(directory)
    _close_inherited()
    _redirect_to_null(os.O_RDONLY, 0)
    _redirect_to_null(os.O_WRONLY, 1)
    os.dup2(messages_in, 2)
    # The launcher may not read: its own output may be a full pipe. Workers do not write here.
    os.set_blocking(2, False)
    for descriptor in (messages, messages_in, result):
        os.close(descriptor)
    return Launcher(result_in)


def _wait(messages: int, result: int) -> int:
    """Copy messages until there is a result; the end of the pipe without one is a failure."""
    while True:
        ready, _, _ = select([messages, result], [], [])
        if messages in ready and (content := os.read(messages, 65536)):
            _write(2, content)
        elif result in ready:
            report = os.read(result, 65536)
            _write(1, report)
            return 0 if report else 1


def _write(descriptor: int, content: bytes) -> None:
    """Write what can be written: the exit code says whether the server runs, also without a reader."""
    with suppress(OSError):
        while content and select([], [descriptor], [], WRITE_SECONDS)[1]:
            content = content[os.write(descriptor, content[:PIPE_BUF]) :]


def _close_inherited() -> None:
    """Close the descriptors that a shell handed down; those that Python opened are not inheritable."""
    for path in list(Path("/dev/fd").iterdir()):
        descriptor = int(path.name)
        # The list contains the descriptor that listed the folder, which is closed by now.
        with suppress(OSError):
            if descriptor >= FIRST_FREE and os.get_inheritable(descriptor):
                os.close(descriptor)


def _redirect_to_null(mode: int, descriptor: int) -> None:
    null = os.open(os.devnull, mode)
    os.dup2(null, descriptor)
    os.close(null)
