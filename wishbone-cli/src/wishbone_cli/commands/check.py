"""`wishbone check`: everything that can be known about a pipeline without running it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from wishbone_cli import options
from wishbone_cli.pipeline import open_pipeline
from wishbone_cli.report import count, report

if TYPE_CHECKING:
    from wishbone.router import Default
    from wishbone_cli.bootstrap import Definition, Mistakes

WARNED = 1
"""The exit code when there are warnings, and warnings are errors."""


@click.command(epilog="Example: wishbone check --config pipeline.yaml --strict")
@options.config
@options.mistake_format
@click.option(
    "--strict", is_flag=True, help="Warnings are errors, and a plugin that cannot be used is fatal."
)
def command(configs: tuple[str, ...], form: str, strict: bool) -> None:
    """Check a pipeline without running it.

    Its files, the arguments of its modules and its graph are checked; nothing is opened. Exits with 0
    when the pipeline can be run, with 1 when there are warnings and --strict is given, and with 2 when it
    cannot be run.
    """
    router, definition, mistakes = open_pipeline(configs, strict, form)
    _add_findings(router, definition, mistakes, "error" if strict else "warning")
    report(mistakes.sorted, form)
    if strict and mistakes.found:
        click.get_current_context().exit(WARNED)
    if form == "text":
        counts = f"{count(definition.modules, 'module')} and {count(definition.routes, 'route')}"
        click.echo(f"{counts} are in order, as far as can be known without running them.")


def _add_findings(router: Default, definition: Definition, mistakes: Mistakes, severity: str) -> None:
    """Note what is probably not meant in the graph, at the modules that it is about."""
    from wishbone_cli.lint import lint_graph  # noqa: PLC0415 - help needs none of the core

    for finding in lint_graph(router):
        module = definition.modules[finding.module]
        mistakes.add(module.place, module.path, finding.message, severity=severity)
