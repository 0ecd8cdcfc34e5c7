"""Tells mistakes: as text on standard error for people, as JSON on standard output for machines."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from wishbone_cli.logs.text import escape

if TYPE_CHECKING:
    from collections.abc import Sequence, Sized

    from wishbone_cli.bootstrap import Mistake


def report(mistakes: Sequence[Mistake], form: str) -> None:
    """Write all of them.

    Args:
        mistakes: Errors and warnings, in the order in which they are told.
        form: `text` or `json`.
    """
    if form == "json":
        import json  # noqa: PLC0415 - only who asked for JSON pays

        click.echo(json.dumps({"mistakes": [mistake.as_dict() for mistake in mistakes]}, indent=2))
        return
    for mistake in mistakes:
        click.echo(escape(str(mistake)), err=True)
    if mistakes:
        click.echo(_summary(mistakes), err=True)


def count(things: Sized, what: str) -> str:
    """Say how many there are: `1 route`, `2 routes`."""
    return f"{len(things)} {what}{'s' * (len(things) != 1)}"


def _summary(mistakes: Sequence[Mistake]) -> str:
    errors = [mistake for mistake in mistakes if mistake.severity == "error"]
    warnings = [mistake for mistake in mistakes if mistake.severity == "warning"]
    return (
        ", ".join(count(some, what) for some, what in ((errors, "error"), (warnings, "warning")) if some)
        + "."
    )
