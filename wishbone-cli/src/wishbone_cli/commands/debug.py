"""`wishbone debug`: runs a pipeline in the foreground."""

from __future__ import annotations

import os
import signal
import sys
from typing import TYPE_CHECKING

import click

from wishbone_cli import options
from wishbone_cli.logs import options as log_options
from wishbone_cli.logs.format import LEVELS, escape
from wishbone_cli.logs.line_writer import is_writable, reopen
from wishbone_cli.pipeline import open_pipeline

if TYPE_CHECKING:
    from collections.abc import Callable

    from wishbone.router import Default

FLUSH_SECONDS = 1.0
"""Seconds that buffered output waits for a reader after a signal."""


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

    The exit code is 0 if every event was delivered; 1 if events failed and no input sends them again, if the
    stop left events, or if the pipeline could not be started; 2 if the bootstrap file is invalid.
    """
    from wishbone_cli.logs.destination import warn_of_lost_logs  # noqa: PLC0415 - help does not need it
    from wishbone_cli.logs.output import connect_logs  # noqa: PLC0415
    from wishbone_cli.outcome import Outcome  # noqa: PLC0415

    router, _, diagnostics = open_pipeline(configs, strict, form)
    hide = diagnostics.secrets.hide
    warn_of_lost_logs(logs)
    output = connect_logs(router, logs, log_format, LEVELS.index(log_level), hide)
    outcome = Outcome(router)
    signalled = True
    try:
        signalled = _run(router, hide)
    finally:
        problem = _flush_stdout(FLUSH_SECONDS if signalled else None)
    if problem:
        message = f"Standard output cannot be written: {problem}."
        raise click.ClickException(message)
    reader_gone = output is not None and output.reader_gone
    if not outcome.complete and not reader_gone:
        click.get_current_context().exit(1)


def _run(router: Default, hide: Callable[[str], str]) -> bool:
    from wishbone.error import WishboneError  # noqa: PLC0415
    from wishbone_cli.foreground import run  # noqa: PLC0415

    try:
        return run(router)
    except WishboneError as error:
        raise click.ClickException(escape(hide(str(error)))) from None


def _flush_stdout(seconds: float | None) -> str:
    """Write what is buffered, so that nothing is left for the exit; return why it failed, or nothing.

    Args:
        seconds: How long to wait for a reader; None waits without end, unless a signal kills the process.
    """
    if sys.__stdout__ is None:
        return ""
    descriptor = sys.__stdout__.fileno()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)
    os.dup2(reopen(descriptor), descriptor)
    problem = ""
    try:
        while not _is_flushed() and is_writable(descriptor, seconds):
            pass
    except OSError as error:
        problem = "" if isinstance(error, BrokenPipeError) else str(error.strerror)
    os.dup2(os.open(os.devnull, os.O_WRONLY), descriptor)
    return problem


def _is_flushed() -> bool:
    try:
        sys.stdout.flush()
    except BlockingIOError:
        return False
    return True
