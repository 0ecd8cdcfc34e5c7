"""`wishbone stop`: stops a server in order."""

from __future__ import annotations

import os
import signal
from time import monotonic
from typing import TYPE_CHECKING

import click

from wishbone_cli.server import options
from wishbone_cli.server.options import KILLED, describe_server, find_pid_file, running, send

if TYPE_CHECKING:
    from pathlib import Path


@click.command(epilog="Example: wishbone stop --config pipeline.yaml")
@options.config
@options.pid
@click.option(
    "--timeout",
    type=click.FloatRange(min=0),
    default=30,
    show_default=True,
    help="Seconds to wait for the end.",
)
def command(configs: tuple[str, ...], pid_path: Path | None, timeout: float) -> None:
    """Stop a server that was started with 'wishbone start', and wait until it has ended.

    Inputs stop first; what is in flight reaches the outputs, as far as that takes no more than ten
    seconds. Says how many events were left behind.
    """
    pid_file = find_pid_file(configs, pid_path)
    name = describe_server(configs, pid_file)
    with running(pid_file, name) as server:
        begun = monotonic()
        send(os.kill, server, signal.SIGTERM, name)
        if not server.wait(timeout):
            message = f"{name} (pid {server.pid}) still runs after {timeout:g} s: 'wishbone kill' ends it."
            raise click.ClickException(message)
        left = server.last_words
        click.echo(f"Stopped {name}: pid {server.pid}, in {monotonic() - begun:.1f} s, {_describe(left)}.")


def _describe(left: str) -> str:
    if left == KILLED:
        return "what was in flight is lost: instances did not stop in time, and were killed"
    if not left.isdigit():
        return "without a word about what was in flight"
    return f"{left} events left behind" if int(left) else "nothing left behind"
