"""Reports diagnostics: as text on standard error for people, as JSON on standard output for programs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from wishbone_cli.logs.format import escape

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wishbone_cli.bootstrap import Diagnostic


def report(diagnostics: Sequence[Diagnostic], form: str) -> None:
    """Write errors and warnings, in the form `text` or `json`."""
    if form == "json":
        import json  # noqa: PLC0415 - only JSON output needs it

        found = [diagnostic.as_dict() for diagnostic in diagnostics]
        click.echo(json.dumps({"diagnostics": found}, indent=2))
        return
    for diagnostic in diagnostics:
        click.echo(escape(str(diagnostic)), err=True)
    severities = [diagnostic.severity for diagnostic in diagnostics]
    numbers = [(severities.count(severity), severity) for severity in ("error", "warning")]
    if diagnostics:
        click.echo(", ".join(count(number, what) for number, what in numbers if number) + ".", err=True)


def count(number: int, what: str) -> str:
    """Return a number with its noun: `1 route`, `2 routes`."""
    return f"{number} {what}{'s' * (number != 1)}"
