"""Destinations of logs: standard output, standard error, or syslog."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, NamedTuple

from wishbone_cli.console import warn
from wishbone_cli.logs.format import escape, format_json, format_text
from wishbone_cli.logs.line_writer import LineWriter
from wishbone_cli.logs.syslog import SYSLOG_SOCKETS, Syslog

if TYPE_CHECKING:
    from collections.abc import Callable

    from wishbone.event import Log


def _is_done() -> bool:
    return True


def _do_nothing() -> None:
    pass


class Destination(NamedTuple):
    """Where logs are written."""

    write: Callable[[Log], object]
    """Writes a log. Other greenlets run if it has to wait."""

    flush: Callable[[], bool] = _is_done
    """Sends the logs that were not taken at once; returns False if it should be called again soon."""

    close: Callable[[], None] = _do_nothing
    """Closes what was opened; standard output and standard error stay open."""


def open_destination(name: str, form: str) -> Destination:
    """Open `stdout`, `stderr` or `syslog`, for logs as `text` or `json`."""
    if name == "syslog":
        return _open_syslog(form)
    opened = {"stdout": sys.__stdout__, "stderr": sys.__stderr__}[name]
    if opened is None:  # closed when the program was started: >&-
        return Destination(lambda _: None)
    writer = LineWriter(opened.fileno())
    if form == "json":
        return Destination(lambda log: writer.write(format_json(log)), close=writer.close)
    colour = writer.terminal and not os.environ.get("NO_COLOR")
    return Destination(lambda log: writer.write(format_text(log, colour)), close=writer.close)


def warn_of_lost_logs(name: str) -> None:
    """Warn on standard error when logs go to a syslog that does not exist."""
    if name == "syslog" and not any(map(os.path.exists, SYSLOG_SOCKETS)):
        warn(f"No syslog listens on {SYSLOG_SOCKETS[0]}: logs are lost.")


def _open_syslog(form: str) -> Destination:
    """Write to the local syslog, with the fields that it does not add itself."""
    syslog = Syslog(SYSLOG_SOCKETS)

    def write(log: Log) -> None:
        about = f" (event {log.uuid})" if log.uuid else ""
        text = format_json(log) if form == "json" else escape(f"{log.module}: {log.message}{about}")
        syslog.write(log.level, text)

    return Destination(write, syslog.flush, syslog.close)
