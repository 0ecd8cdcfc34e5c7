"""`wishbone debug`: runs a pipeline in the foreground."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import click

from wishbone_cli import options
from wishbone_cli.logs import options as log_options
from wishbone_cli.logs.format import LEVELS, escape
from wishbone_cli.pipeline import open_pipeline

if TYPE_CHECKING:
    from collections.abc import Callable

    from wishbone.router import Default


@click.command(epilog="Example: wishbone debug --config pipeline.yaml --logs stderr")
@options.config
@log_options.destination("stdout", "stderr", "syslog", "none")
@log_options.level
@log_options.log_format
@options.diagnostic_format
@options.strict
def command(  # noqa: PLR0917 - click passes options by name
    configs: tuple[str, ...], logs: str, log_level: str, log_format: str, form: str, strict: bool
) -> None:
    """Run a pipeline in the foreground.

    It runs until its inputs end or a signal arrives. On SIGINT (ctrl-c), SIGTERM and SIGHUP (the terminal is
    closed), events in flight still reach the outputs; a second ctrl-c or SIGTERM stops at once. Logs of a
    module whose 'logs' queue is connected in the bootstrap file are not shown.
    """
    from wishbone_cli.logs.destination import warn_of_lost_logs  # noqa: PLC0415 - help does not need it
    from wishbone_cli.logs.output import connect_logs  # noqa: PLC0415

    router, _, diagnostics = open_pipeline(configs, strict, form)
    hide = diagnostics.secrets.hide
    warn_of_lost_logs(logs)
    connect_logs(router, logs, log_format, LEVELS.index(log_level), hide)
    try:
        _run(router, hide)
    finally:
        _abandon_closed_stdout()


def _run(router: Default, hide: Callable[[str], str]) -> None:
    from wishbone.error import WishboneError  # noqa: PLC0415
    from wishbone_cli.foreground import run  # noqa: PLC0415

    try:
        run(router)
    except WishboneError as error:
        raise click.ClickException(escape(hide(str(error)))) from None


def _abandon_closed_stdout() -> None:
    """Keep the interpreter from reporting at exit that standard output has no reader."""
    if sys.__stdout__ is None:
        return
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, sys.stdout.fileno())
        os.close(null)
