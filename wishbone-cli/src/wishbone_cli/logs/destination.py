"""Where log lines go: to standard output, to standard error, or to syslog."""

from __future__ import annotations

import os
import sys
import syslog
from typing import TYPE_CHECKING

import click

from wishbone_cli.logs.stream import Stream
from wishbone_cli.logs.text import escape, format_json, format_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from wishbone.event import Log

DESTINATIONS = ("stdout", "stderr", "syslog", "none")
FORMATS = ("text", "json")
SYSLOG_SOCKETS = ("/dev/log", "/var/run/syslog")
"""Where syslog(3) writes to: on Linux, on macOS."""


def open_destination(name: str, form: str) -> Callable[[Log], object]:
    """Return a function that writes a log.

    Args:
        name: `stdout`, `stderr` or `syslog`.
        form: `text` or `json`.
    """
    if name == "syslog":
        return _open_syslog(form)
    opened = {"stdout": sys.__stdout__, "stderr": sys.__stderr__}[name]
    if opened is None:  # closed by whoever started the program: >&-
        return lambda _: None
    stream = Stream(opened.fileno())
    if form == "json":
        return lambda log: stream.write(format_json(log))
    colour = stream.terminal and not os.environ.get("NO_COLOR")
    return lambda log: stream.write(format_text(log, colour))


def warn_of_lost_logs(name: str) -> None:
    """Say so on standard error where logs go to a syslog that is not there: the system would say nothing.

    Args:
        name: What `open_destination` is or will be given.
    """
    if name == "syslog" and not any(map(os.path.exists, SYSLOG_SOCKETS)):
        message = f"Warning: No syslog listens at {SYSLOG_SOCKETS[0]}, so that all logs are lost."
        click.echo(message, err=True)


def _open_syslog(form: str) -> Callable[[Log], object]:
    """Write to the local syslog, which notes time, level and process by itself."""
    syslog.openlog("wishbone", syslog.LOG_PID, syslog.LOG_DAEMON)

    def write(log: Log) -> None:
        about = f" (event {log.uuid})" if log.uuid else ""
        text = format_json(log) if form == "json" else escape(f"{log.module}: {log.message}{about}")
        syslog.syslog(min(max(log.level, 0), 7), text)

    return write
