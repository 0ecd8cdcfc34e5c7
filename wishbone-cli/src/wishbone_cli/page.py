"""Page: text for people, wrapped to the width of their terminal, safe whatever a module's author wrote."""

from __future__ import annotations

import shutil
from typing import Any

import click

from wishbone_cli.logs.text import escape

WIDEST = 100
"""Columns beyond which running text is hard to read."""


def heading(text: str) -> None:
    """Write a heading, with an empty line before it if the text begins with one."""
    empty = "\n" if text.startswith("\n") else ""
    click.secho(empty + escape(text.lstrip("\n")), bold=True)


def paragraph(text: str, indent: int = 0, **style: Any) -> None:
    """Write a text, wrapped and indented; nothing if it is empty.

    Args:
        text: The text.
        indent: Columns to leave free at its left.
        **style: What `click.style` takes.
    """
    if not text:
        return
    width = min(shutil.get_terminal_size().columns, WIDEST)
    space = " " * indent
    click.secho(click.wrap_text(escape(text), width, initial_indent=space, subsequent_indent=space), **style)


def verbatim(text: str, indent: int = 0) -> None:
    """Write a text that is there to be copied: its lines are indented, and never wrapped."""
    for line in text.splitlines():
        click.echo(" " * indent + escape(line))
