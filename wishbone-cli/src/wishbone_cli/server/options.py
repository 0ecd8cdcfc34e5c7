"""Options of the commands that find a server by its pid file, and what they do with it."""

from __future__ import annotations

import os
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from wishbone_cli.logs.format import escape
from wishbone_cli.options import ConfigPath
from wishbone_cli.server.pid_file import LOCK_TIMEOUT, PidFile, default_path

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from wishbone_cli.server.pid_file import RunningServer

KILLED = "killed"
"""The final report of a server that had to kill instances."""


class PidPath(click.Path):
    """The absolute path of a pid file. A link to a file is not followed: it may be that of another user."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Resolve the folder only."""
        path = Path(os.fsdecode(super().convert(value, param, ctx)))
        return path.parent.resolve() / path.name


pid = click.option(
    "--pid",
    "pid_path",
    type=PidPath(dir_okay=False, path_type=Path),
    help="The pid file. By default, a file named after the bootstrap file in XDG_RUNTIME_DIR, /run or the"
    " folder of temporary files.",
)

config = click.option(
    "--config",
    "-c",
    "configs",
    multiple=True,
    type=ConfigPath(),
    help="The bootstrap file that the server was started with. Can be given several times.",
)


def find_pid_file(configs: tuple[str, ...], path: Path | None) -> PidFile:
    """Return the pid file that the options name.

    Raises:
        click.UsageError: They name neither a pid file nor a configuration.
    """
    if path is None and not configs:
        raise click.UsageError("Which server? Name its bootstrap file (--config) or its pid file (--pid).")
    return PidFile(path or default_path(configs))


@contextmanager
def running(pid_file: PidFile, name: str) -> Iterator[RunningServer]:
    """Open the pid file of a running server.

    Raises:
        click.ClickException: The server does not run.
    """
    with pid_file.open_running() as server:
        if server is None:
            message = f"{name} does not run: no process holds {pid_file.path}."
            raise click.ClickException(message)
        yield server


def send(kill: Callable[[int, int], None], server: RunningServer, number: int, name: str) -> None:
    """Send a signal to a server, with `os.kill` or `os.killpg`.

    Raises:
        click.ClickException: The server belongs to another user or another pid namespace.
    """
    try:
        if not server.named_by_holder:
            raise ProcessLookupError  # noqa: TRY301 - the same answer as for a pid that does not exist
        kill(server.pid, number)
    except PermissionError:
        message = f"{name} (pid {server.pid}) belongs to another user: do this as that user, or as root."
        raise click.ClickException(message) from None
    except ProcessLookupError:
        # It may have ended since its pid was read.
        if server.wait(LOCK_TIMEOUT):
            return
        message = f"{name} runs, but not as pid {server.pid} of this system: do this in its container."
        raise click.ClickException(message) from None


def describe_server(configs: tuple[str, ...], pid_file: PidFile) -> str:
    """Name a server as the command line did."""
    return escape(", ".join(configs) or str(pid_file.path))
