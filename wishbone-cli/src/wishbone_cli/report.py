"""Tells mistakes: as text on standard error for people, as JSON on standard output for machines."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from wishbone_cli.logs.text import escape

if TYPE_CHECKING:
    from collections.abc import Sequence

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


def _summary(mistakes: Sequence[Mistake]) -> str:
    errors = sum(mistake.severity == "error" for mistake in mistakes)
    counts = [(errors, "error"), (len(mistakes) - errors, "warning")]
    return ", ".join(f"{count} {what}{'s' * (count > 1)}" for count, what in counts if count) + "."
