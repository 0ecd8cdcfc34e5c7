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
    not is printed, and of those that failed for good while the server ran.

    The exit code is 0 if the server has stopped and every event was delivered; 1 if events are left or
    failed, if instances had to be killed, or if the server does not run or does not stop.
    """
    pid_file = find_pid_file(configs, pid_path)
    name = describe_server(configs, pid_file)
    with running(pid_file, name) as server:
        begun = monotonic()
        send(os.kill, server, signal.SIGTERM, name)
        if not server.wait(timeout):
            message = f"{name} (pid {server.pid}) still runs after {timeout:g} s: 'wishbone kill' ends it."
            raise click.ClickException(message)
        outcome, complete = _read(server.final_report)
        click.echo(f"Stopped {name}: pid {server.pid}, in {monotonic() - begun:.1f} s, {outcome}.")
    if not complete:
        click.get_current_context().exit(1)


def _read(report: str) -> tuple[str, bool]:
    """Return what the report of a server says, and whether every event was delivered."""
    left, _, failed = report.partition(" ")
    failures = f"{failed} failed events, " if failed.isdigit() and int(failed) else ""
    if left == KILLED:
        lost = "events in flight are lost, as instances did not stop in time and were killed"
        return f"{failures}{lost}", False
    if not left.isdigit():
        return "without a report of undelivered events", True
    undelivered = f"{left} undelivered events" if int(left) else "no undelivered events"
    return f"{failures}{undelivered}", not failures and not int(left)
