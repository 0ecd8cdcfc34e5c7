"""`wishbone start`: runs a pipeline as a server, detached from the terminal."""

from __future__ import annotations

import os
import syslog
from typing import TYPE_CHECKING

import click

from wishbone_cli import options
from wishbone_cli.logs.text import LEVELS, escape
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
    help="How many processes run the pipeline. Inputs that listen must be able to share a port.",
)
@click.option(
    "--directory",
    type=click.Path(exists=True, file_okay=False, resolve_path=True),
    default="/",
    show_default=True,
    help="The working folder: what relative paths in arguments are relative to.",
)
@click.option(
    "--logs",
    type=click.Choice(["syslog", "none"]),
    default="syslog",
    show_default=True,
    help="Where the logs of the modules go.",
)
@click.option("--log-level", type=click.Choice(LEVELS), default="info", help="The least severe level logged.")
@click.option(
    "--log-format", type=click.Choice(["text", "json"]), default="text", help="How logs are written."
)
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

    It returns when the pipeline runs, or says why it cannot. A supervisor starts a process again that
    dies, after a growing pause, and stops everything when one dies again and again.

    With several instances each has inputs of its own. Those that listen share a port only if their
    module sets SO_REUSEPORT; the module's documentation says so.

    Under a service manager run 'wishbone debug' instead, which stays in the foreground.
    """
    from wishbone_cli.bootstrap import Mistakes, Secrets, read  # noqa: PLC0415 - help needs none of it
    from wishbone_cli.logs.destination import warn_of_lost_logs  # noqa: PLC0415
    from wishbone_cli.server.detach import detach  # noqa: PLC0415
    from wishbone_cli.server.worker import Job  # noqa: PLC0415

    pid_file = find_pid_file(configs, pid_path)
    name = describe_server(configs, pid_file)
    mistakes = Mistakes(Secrets())
    # Before the working folder changes, and once: who is started again runs what the others run.
    job = Job(read(configs, mistakes), mistakes, pid_file.path, logs, log_format, log_level, strict)
    warn_of_lost_logs(logs)
    starter = detach(directory)
    pid_file.take()

    def up() -> None:
        many = f", {instances} instances" if instances > 1 else ""
        starter.tell(f"Started {name}: pid {os.getpid()}{many}, pid file {pid_file.path}\n")

    private = [pid_file.descriptor, starter.descriptor]
    click.get_current_context().exit(_supervise(job, instances, up, pid_file, private))


def _supervise(
    job: Job, instances: int, up: Callable[[], object], pid_file: PidFile, private: list[int]
) -> int:
    """Run workers until they have ended, and tidy up behind them."""
    from wishbone_cli.server.status import read_statuses, remove_statuses  # noqa: PLC0415
    from wishbone_cli.server.supervisor import Supervisor  # noqa: PLC0415

    remove_statuses(pid_file.path)
    supervisor = Supervisor(instances, job.work, up, _logger(job.logs), private)
    try:
        return supervisor.run()
    finally:
        left = sum(status["left"] for status in read_statuses(pid_file.path))
        pid_file.write(f"{os.getpid()}\n{KILLED if supervisor.killed else left}")
        remove_statuses(pid_file.path)
        pid_file.release()


def _logger(destination: str) -> Callable[[int, str], object]:
    if destination == "none":
        return lambda _level, _text: None
    syslog.openlog("wishbone", syslog.LOG_PID, syslog.LOG_DAEMON)
    return lambda level, text: syslog.syslog(level, escape(text))
