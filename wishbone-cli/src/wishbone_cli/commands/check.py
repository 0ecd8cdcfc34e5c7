"""`wishbone check`: finds errors in a pipeline without running it."""

from __future__ import annotations

import click

from wishbone_cli import options
from wishbone_cli.pipeline import open_pipeline
from wishbone_cli.report import count, report

WARNED = 1
"""The exit code when there are warnings and `--strict` is given."""


@click.command(epilog="Example: wishbone check --config pipeline.yaml --strict")
@options.config
@options.diagnostic_format
@click.option(
    "--strict", is_flag=True, help="Treat warnings as errors, and a plugin that cannot be used as fatal."
)
def command(configs: tuple[str, ...], form: str, strict: bool) -> None:
    """Check a pipeline without running it.

    Checks the files, the arguments of the modules and the graph, and opens nothing. Exits with 0 when the
    pipeline can be run, with 1 when there are warnings and --strict is given, and with 2 when the pipeline
    cannot be run.
    """
    router, definition, diagnostics = open_pipeline(configs, strict, form)
    from wishbone_cli.lint import lint_graph  # noqa: PLC0415 - help does not need the core

    severity = "error" if strict else "warning"
    for warning in lint_graph(router):
        module = definition.modules[warning.module]
        diagnostics.add(module.location, module.path, warning.message, severity=severity)
    report(diagnostics.sorted, form)
    if strict and diagnostics.found:
        click.get_current_context().exit(WARNED)
    if form == "text":
        modules, routes = count(len(definition.modules), "module"), count(len(definition.routes), "route")
        click.echo(f"No errors in {modules} and {routes}, as far as can be checked without running them.")
