"""Destinations of logs: standard output, standard error, or syslog."""

from __future__ import annotations

import os
import sys
import syslog
from typing import TYPE_CHECKING

import click

from wishbone_cli.logs.format import escape, format_json, format_text
from wishbone_cli.logs.line_writer import LineWriter

if TYPE_CHECKING:
    from collections.abc import Callable

    from wishbone.event import Log

SYSLOG_SOCKETS = ("/dev/log", "/var/run/syslog")
"""The sockets that syslog(3) writes to: on Linux, on macOS."""


def open_destination(name: str, form: str) -> Callable[[Log], object]:
    """Return a function that writes a log to `stdout`, `stderr` or `syslog`, as `text` or `json`."""
    if name == "syslog":
        return _open_syslog(form)
    opened = {"stdout": sys.__stdout__, "stderr": sys.__stderr__}[name]
    if opened is None:  # closed when the program was started: >&-
        return lambda _: None
    writer = LineWriter(opened.fileno())
    if form == "json":
        return lambda log: writer.write(format_json(log))
    colour = writer.terminal and not os.environ.get("NO_COLOR")
    return lambda log: writer.write(format_text(log, colour))


def warn_of_lost_logs(name: str) -> None:
    """Warn on standard error when logs go to a missing syslog, which syslog(3) does not report."""
    if name == "syslog" and not any(map(os.path.exists, SYSLOG_SOCKETS)):
        message = f"Warning: No syslog listens on {SYSLOG_SOCKETS[0]}: all logs are lost."
        click.echo(message, err=True)


def _open_syslog(form: str) -> Callable[[Log], object]:
    """Write to the local syslog, which adds time, level and process."""
    syslog.openlog("wishbone", syslog.LOG_PID, syslog.LOG_DAEMON)

    def write(log: Log) -> None:
        about = f" (event {log.uuid})" if log.uuid else ""
        text = format_json(log) if form == "json" else escape(f"{log.module}: {log.message}{about}")
        syslog.syslog(min(max(log.level, 0), 7), text)

    return write
