"""`wishbone status`: shows whether a server runs, and the figures of its instances."""

from __future__ import annotations

import json
import os
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import click

from wishbone_cli import options
from wishbone_cli.server import options as server_options
from wishbone_cli.server.options import describe_server, find_pid_file
from wishbone_cli.server.status import read_statuses
from wishbone_cli.server.unpatched import clock

if TYPE_CHECKING:
    from pathlib import Path

NOT_RUNNING = 3
"""The exit code when the server does not run, as for init scripts (LSB 5.0, section 22.2)."""

SILENT_SECONDS = 10.0
"""Seconds without a new status after which an instance is marked."""

COLUMNS = ("instance", "pid", "uptime", "restarts", "events in", "events out")


@click.command(epilog="Example: wishbone status --config pipeline.yaml")
@server_options.config
@server_options.pid
@options.output_format
def command(configs: tuple[str, ...], pid_path: Path | None, form: str) -> None:
    """Show whether a server runs, its uptime, and the events in and out of each instance.

    The figures are at most a second old. The exit code is 0 if the server runs, and 3 if not.
    """
    pid_file = find_pid_file(configs, pid_path)
    with pid_file.open_running() as server:
        pid = 0 if server is None else server.pid
        statuses = read_statuses(pid_file.path) if pid else []
    for status in statuses:
        status["running"] = _exists(status["pid"])
        status["state"] = _state(status)
    if form == "json":
        click.echo(json.dumps({"running": bool(pid), "pid": pid or None, "instances": statuses}, indent=2))
    elif pid:
        _show(describe_server(configs, pid_file), pid, statuses)
    else:
        click.echo(f"{describe_server(configs, pid_file)} does not run.")
    if not pid:
        click.get_current_context().exit(NOT_RUNNING)


def _show(name: str, pid: int, statuses: list[dict[str, Any]]) -> None:
    click.echo(f"{name} runs as pid {pid}.")
    rows = [COLUMNS, *map(_row, statuses)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(COLUMNS))]
    notes = ["", *map(_note, statuses)]
    for row, note in zip(rows, notes, strict=True):
        cells = [cell.rjust(width) for cell, width in zip(row, widths, strict=True)]
        click.echo("  ".join(cells) + note)


def _row(status: dict[str, Any]) -> tuple[str, ...]:
    uptime = str(timedelta(seconds=int(status["uptime"])))
    figures = (status["restarts"], status["in"], status["out"])
    return (str(status["instance"]), str(status["pid"]), uptime, *map(str, figures))


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True


def _state(status: dict[str, Any]) -> str:
    """Return `running`, `ended`, or `restarting`: an instance that did not end in order is started again."""
    if status["running"]:
        return "running"
    return "ended" if status.get("ended") else "restarting"


def _note(status: dict[str, Any]) -> str:
    if status["state"] == "ended":
        return "  has ended"
    if status["state"] == "restarting":
        return "  died, waits for its restart"
    silent = clock() - status["clock"]
    return f"  no status for {silent:.0f} s" if silent > SILENT_SECONDS else ""
