"""`wishbone stop`: stops a server gracefully."""

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
    help="Seconds to wait until the server has ended.",
)
def command(configs: tuple[str, ...], pid_path: Path | None, timeout: float) -> None:
    """Stop a server that was started with 'wishbone start', and wait until it has ended.

    Inputs stop first. Events in flight have ten seconds to reach the outputs; the number of those that did
    not is printed.
    """
    pid_file = find_pid_file(configs, pid_path)
    name = describe_server(configs, pid_file)
    with running(pid_file, name) as server:
        begun = monotonic()
        send(os.kill, server, signal.SIGTERM, name)
        if not server.wait(timeout):
            message = f"{name} (pid {server.pid}) still runs after {timeout:g} s: 'wishbone kill' ends it."
            raise click.ClickException(message)
        outcome = _describe(server.final_report)
        click.echo(f"Stopped {name}: pid {server.pid}, in {monotonic() - begun:.1f} s, {outcome}.")


def _describe(report: str) -> str:
    if report == KILLED:
        return "events in flight are lost, as instances did not stop in time and were killed"
    if not report.isdigit():
        return "without a report of undelivered events"
    return f"{report} undelivered events" if int(report) else "no undelivered events"
