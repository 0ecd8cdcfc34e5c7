"""Options of the commands that look for a server by its pid file, and what they find."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from wishbone_cli.logs.text import escape
from wishbone_cli.options import ConfigPath
from wishbone_cli.server.pid_file import PATIENCE, PidFile, default_path

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from wishbone_cli.server.pid_file import Watched

KILLED = "killed"
"""What a server says at its end if it had to kill instances that did not stop in time."""

pid = click.option(
    "--pid",
    "pid_path",
    type=click.Path(dir_okay=False, resolve_path=True, path_type=Path),
    help="The pid file; if not given, one named after the bootstrap file in XDG_RUNTIME_DIR, /run or the"
    " folder of temporary files.",
)

config = click.option(
    "--config",
    "-c",
    "configs",
    multiple=True,
    type=ConfigPath(),
    help="What the server was started with; may be given several times.",
)


def find_pid_file(configs: tuple[str, ...], path: Path | None) -> PidFile:
    """Return the pid file that a command line means.

    Raises:
        click.UsageError: It says neither which file, nor which configuration.
    """
    if path is None and not configs:
        raise click.UsageError(
            "Which server? Say it by its bootstrap file (--config) or its pid file (--pid)."
        )
    return PidFile(path or default_path(configs))


@contextmanager
def running(pid_file: PidFile, name: str) -> Iterator[Watched]:
    """Look at a server that runs.

    Raises:
        click.ClickException: It does not.
    """
    with pid_file.watch() as server:
        if server is None:
            message = f"{name} does not run: no process holds {pid_file.path}."
            raise click.ClickException(message)
        yield server


def send(kill: Callable[[int, int], None], server: Watched, number: int, name: str) -> None:
    """Send a signal to a server.

    Args:
        kill: `os.kill` or `os.killpg`.
        server: Runs.
        number: The signal.
        name: What to call the server.

    Raises:
        click.ClickException: Only its owner may, or it is not to be seen from here.
    """
    try:
        kill(server.pid, number)
    except PermissionError:
        message = f"{name} (pid {server.pid}) belongs to another user: do this as that user, or as root."
        raise click.ClickException(message) from None
    except ProcessLookupError:
        # It may have ended since somebody looked.
        if server.wait(PATIENCE):
            return
        message = f"{name} runs, but not as pid {server.pid} of this system: do this in its container."
        raise click.ClickException(message) from None


def describe_server(configs: tuple[str, ...], pid_file: PidFile) -> str:
    """Name a server as the command line did."""
    return escape(", ".join(configs) or str(pid_file.path))
