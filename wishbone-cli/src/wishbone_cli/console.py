"""Writes text for people: wrapped to the width of the terminal, with control characters escaped."""

from __future__ import annotations

import shutil
from contextlib import suppress
from typing import Any

import click

from wishbone_cli.logs.format import escape
from wishbone_cli.server.unpatched import select

MAX_WIDTH = 100
"""Columns beyond which running text is hard to read."""


WARN_SECONDS = 0.1
"""Seconds that a warning waits for a reader of standard error."""


def warn(message: str) -> None:
    """Write a warning on standard error while a pipeline runs, unless it is closed or its reader hangs."""
    with suppress(OSError):
        if select([], [2], [], WARN_SECONDS)[1]:
            click.echo(f"Warning: {escape(message)}", err=True)


def heading(text: str) -> None:
    """Write a heading, after an empty line if the text begins with one."""
    empty = "\n" if text.startswith("\n") else ""
    click.secho(empty + escape(text.lstrip("\n")), bold=True)


def paragraph(text: str, indent: int = 0, **style: Any) -> None:
    """Write a text, wrapped and indented, with a style of `click.style`; nothing if it is empty."""
    if not text:
        return
    width = min(shutil.get_terminal_size().columns, MAX_WIDTH)
    space = " " * indent
    click.secho(click.wrap_text(escape(text), width, initial_indent=space, subsequent_indent=space), **style)


def verbatim(text: str, indent: int = 0) -> None:
    """Write a text to be copied: its lines are indented and not wrapped."""
    for line in text.splitlines():
        click.echo(" " * indent + escape(line))
