"""`wishbone start`: runs a pipeline as a server, detached from the terminal."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import click

from wishbone_cli import options
from wishbone_cli.logs import options as log_options
from wishbone_cli.logs.format import escape
from wishbone_cli.server import options as server_options
from wishbone_cli.server.options import KILLED, describe_server, find_pid_file

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from wishbone_cli.server.pid_file import PidFile
    from wishbone_cli.server.worker import Job


@click.command(epilog="Example: wishbone start --config pipeline.yaml --instances 2")
@options.config
@server_options.pid
@click.option(
    "--instances",
    type=click.IntRange(1, 1024),
    default=1,
    help="The number of processes that run the pipeline. Inputs that listen must be able to share a port.",
)
@click.option(
    "--directory",
    type=click.Path(exists=True, file_okay=False, resolve_path=True),
    default="/",
    show_default=True,
    help="The working folder, which relative paths in arguments start from.",
)
@log_options.destination("syslog", "none")
@log_options.level
@log_options.log_format
@options.strict
def command(  # noqa: PLR0917 - click passes options by name
    configs: tuple[str, ...],
    pid_path: Path | None,
    instances: int,
    directory: str,
    logs: str,
    log_level: str,
    log_format: str,
    strict: bool,
) -> None:
    """Run a pipeline as a server, detached from the terminal.

    Returns when the pipeline runs, or reports why it cannot. A supervisor restarts a process that dies, after
    a growing delay, and stops everything when one dies repeatedly.

    Each of several instances has its own inputs. Inputs that listen can share a port only if their module
    sets SO_REUSEPORT; see the module's documentation.

    Under a service manager, run 'wishbone debug' instead, which stays in the foreground.

    The exit code is 0 if the server runs, and 1 if not. 'wishbone stop' reports undelivered events.
    """
    from wishbone_cli.bootstrap import Diagnostics, Secrets, read  # noqa: PLC0415 - help does not need it
    from wishbone_cli.logs.destination import warn_of_lost_logs  # noqa: PLC0415
    from wishbone_cli.server.detach import detach  # noqa: PLC0415
    from wishbone_cli.server.worker import Job  # noqa: PLC0415

    pid_file = find_pid_file(configs, pid_path)
    name = describe_server(configs, pid_file)
    diagnostics = Diagnostics(Secrets())
    # Read once, before the working folder changes: a restarted instance runs the same as the others.
    document = read(configs, diagnostics)
    job = Job(document, diagnostics, pid_file.path, logs, log_format, log_level, strict)
    warn_of_lost_logs(logs)
    launcher = detach(directory)
    pid_file.take()

    def ready() -> None:
        many = f", {instances} instances" if instances > 1 else ""
        launcher.report(f"Started {name}: pid {os.getpid()}{many}, pid file {pid_file.path}\n")

    close_in_child = [pid_file.descriptor, launcher.descriptor]
    click.get_current_context().exit(_supervise(job, instances, ready, pid_file, close_in_child))


def _supervise(
    job: Job, instances: int, ready: Callable[[], object], pid_file: PidFile, close_in_child: list[int]
) -> int:
    """Run workers until all have ended, then remove the files of the server."""
    from wishbone_cli.server.status import read_statuses, remove_statuses  # noqa: PLC0415
    from wishbone_cli.server.supervisor import Supervisor  # noqa: PLC0415

    remove_statuses(pid_file.path)
    log, flush = _logger(job.logs, job.diagnostics.secrets.hide)
    supervisor = Supervisor(instances, job.work, ready, log, close_in_child, flush)
    try:
        return supervisor.run()
    finally:
        try:
            report = _final_report(read_statuses(pid_file.path), supervisor.killed)
            pid_file.write(f"{os.getpid()}\n{report}")
            remove_statuses(pid_file.path)
        except OSError as error:  # a full disk, or a folder that was removed
            log(4, f"The files of the server cannot be written or removed: {error}")
        finally:
            flush()
            pid_file.release()


def _final_report(statuses: list[dict[str, Any]], killed: bool) -> str:
    """Write what 'wishbone stop' reads: the number of events that were left, and that failed for good."""
    left, failed = (sum(status[figure] for status in statuses) for figure in ("left", "failed"))
    return f"{KILLED if killed else left} {failed}"


def _logger(
    destination: str, hide: Callable[[str], str]
) -> tuple[Callable[[int, str], object], Callable[[], bool]]:
    """Return the functions that log a text, and that send what syslog did not take. Neither blocks."""
    from wishbone.logging import shorten  # noqa: PLC0415 - help does not need it
    from wishbone_cli.logs.syslog import SYSLOG_SOCKETS, Syslog  # noqa: PLC0415

    if destination == "none":
        return lambda _level, _text: None, lambda: True
    syslog = Syslog(SYSLOG_SOCKETS)
    return lambda level, text: syslog.write(level, escape(hide(shorten(hide(text))))), syslog.flush
