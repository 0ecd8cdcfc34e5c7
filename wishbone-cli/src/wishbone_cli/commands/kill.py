"""`wishbone kill`: ends a server at once."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

import click

from wishbone_cli.server import options
from wishbone_cli.server.options import describe_server, find_pid_file, running, send
from wishbone_cli.server.status import remove_statuses

if TYPE_CHECKING:
    from pathlib import Path

KILL_TIMEOUT = 10.0
"""Seconds until killed processes must be gone."""


@click.command(epilog="Example: wishbone kill --config pipeline.yaml")
@options.config
@options.pid
def command(configs: tuple[str, ...], pid_path: Path | None) -> None:
    """End a server and all its processes at once.

    Events in flight are lost; 'wishbone stop' delivers them.
    """
    pid_file = find_pid_file(configs, pid_path)
    name = describe_server(configs, pid_file)
    with running(pid_file, name) as server:
        # The supervisor leads a process group that contains its workers and their children.
        send(os.killpg, server, signal.SIGKILL, name)
        if not server.wait(KILL_TIMEOUT):
            message = f"{name} (pid {server.pid}) was killed but still exists after {KILL_TIMEOUT:g} s."
            raise click.ClickException(message)
        own = server.own
    if own:  # root leaves the files of another user to that user's next start
        pid_file.take()
        remove_statuses(pid_file.path)
        pid_file.release()
    click.echo(f"Killed {name}: pid {server.pid}. Events in flight are lost.")
