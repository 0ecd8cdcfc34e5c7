"""`wishbone debug`: runs a pipeline in the foreground."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import click

from wishbone_cli import options
from wishbone_cli.logs.text import LEVELS, escape
from wishbone_cli.pipeline import open_pipeline

if TYPE_CHECKING:
    from collections.abc import Callable

    from wishbone.router import Default


@click.command(epilog="Example: wishbone debug --config pipeline.yaml --logs stderr")
@options.config
@click.option(
    "--logs",
    type=click.Choice(["stdout", "stderr", "syslog", "none"]),
    default="stdout",
    help="Where the logs of the modules go.",
)
@click.option("--log-level", type=click.Choice(LEVELS), default="info", help="The least severe level shown.")
@click.option(
    "--log-format", type=click.Choice(["text", "json"]), default="text", help="How logs are written."
)
@options.mistake_format
@options.strict
def command(  # noqa: PLR0917 - click passes options by name
    configs: tuple[str, ...], logs: str, log_level: str, log_format: str, form: str, strict: bool
) -> None:
    """Run a pipeline in the foreground.

    It runs until its inputs end or a signal comes. SIGINT (ctrl-c), SIGTERM and SIGHUP (the terminal is
    closed) let what is in flight reach the outputs; a second ctrl-c or SIGTERM stops at once. A 'logs' queue
    that the bootstrap file connects itself is left to it.
    """
    from wishbone_cli.logs.destination import warn_of_lost_logs  # noqa: PLC0415 - help needs none of it
    from wishbone_cli.logs.output import connect_logs  # noqa: PLC0415

    router, _, mistakes = open_pipeline(configs, strict, form)
    hide = mistakes.secrets.hide
    warn_of_lost_logs(logs)
    connect_logs(router, logs, log_format, LEVELS.index(log_level), hide)
    try:
        _run(router, hide)
    finally:
        _let_go_of_stdout()


def _run(router: Default, hide: Callable[[str], str]) -> None:
    from wishbone.error import WishboneError  # noqa: PLC0415
    from wishbone_cli.foreground import run  # noqa: PLC0415

    try:
        run(router)
    except WishboneError as error:
        raise click.ClickException(escape(hide(str(error)))) from None


def _let_go_of_stdout() -> None:
    """Keep the interpreter from complaining at its end about what nobody reads any more."""
    if sys.__stdout__ is None:
        return
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)
