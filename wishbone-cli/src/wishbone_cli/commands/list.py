"""`wishbone list`: lists what is installed."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

import click

from wishbone_cli import options
from wishbone_cli.console import heading, paragraph

if TYPE_CHECKING:
    from wishbone_cli.catalogue import InstalledEntry


@click.command(epilog="Example: wishbone list --format json")
@options.output_format
def command(form: str) -> None:
    """List the installed modules, codecs and plugins, and what is broken among them."""
    from wishbone.discovery.registry import Registry  # noqa: PLC0415 - help does not need the core
    from wishbone_cli.catalogue import entries  # noqa: PLC0415

    found = list(entries(Registry.installed()))
    if form == "json":
        import json  # noqa: PLC0415
        from dataclasses import asdict  # noqa: PLC0415

        click.echo(json.dumps([asdict(entry) for entry in found], indent=2))
    elif found:
        _write(found)
    else:
        click.echo("No modules are installed. For a first one: pip install wishbone-input-generator")


def _write(found: list[InstalledEntry]) -> None:
    for kind, of_kind in groupby(found, lambda entry: entry.kind):
        heading(kind)
        for entry in of_kind:
            broken = " is broken" if entry.broken else ""
            colour = "red" if entry.broken else "cyan"
            paragraph(f"{entry.name} ({entry.distribution} {entry.version}){broken}", 2, fg=colour)
            paragraph(entry.broken or entry.summary, 4)
