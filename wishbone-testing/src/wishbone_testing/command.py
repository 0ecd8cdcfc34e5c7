"""`wishbone test`: runs the test cases of a pipeline."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import click

from wishbone_cli import options
from wishbone_cli.logs.format import escape
from wishbone_cli.report import report

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wishbone_cli.bootstrap import Diagnostics
    from wishbone_testing.cases import Case, Complaint

FAILED = 1
"""The exit code when a case has failed."""

INVALID = 2
"""The exit code when the cases cannot be run."""


@click.command(name="test", epilog="Example: wishbone test --config pipeline.yaml --only batch")
@options.config
@click.option(
    "--tests",
    "files",
    multiple=True,
    type=click.Path(),
    help="A file with test cases, instead of those beside the bootstrap file; may be given several times.",
)
@click.option("--only", default="", help="Run only the cases whose names have this in them.")
@options.output_format
def command(configs: tuple[str, ...], files: tuple[str, ...], only: str, form: str) -> None:
    """Run the test cases of a pipeline.

    The cases stand in the section 'tests' of the bootstrap file, or beside it: in 'pipeline.test.yaml' for
    'pipeline.yaml'. Inputs and outputs are replaced, time is in the hands of the case, all else is real.
    Exits with 0 when all cases pass, with 1 when one fails, and with 2 when they cannot be run.
    """
    from wishbone_cli.bootstrap import Diagnostics, Secrets  # noqa: PLC0415 - help needs none of it
    from wishbone_testing.cases import collect, run  # noqa: PLC0415

    diagnostics = Diagnostics(Secrets())
    cases = collect(configs, files, diagnostics)
    if not diagnostics.found:
        _check_bootstrap(cases, configs, diagnostics)
    if diagnostics.found:
        report(diagnostics.sorted, form)
        click.get_current_context().exit(INVALID)
    chosen = [case for case in cases if only in case.name]
    if not chosen:
        raise click.UsageError(_explain_nothing(configs, cases, only))
    results = []
    for case in chosen:
        complaints = run(case, configs, diagnostics.secrets.hide)
        results.append((case, complaints))
        if form == "text":
            _tell(case, complaints, diagnostics)
    failed = sum(bool(complaints) for _, complaints in results)
    _conclude(results, failed, form, diagnostics)
    if failed:
        click.get_current_context().exit(FAILED)


def _check_bootstrap(cases: Sequence[Case], configs: Sequence[str], diagnostics: Diagnostics) -> None:
    """Check the bootstrap files as `wishbone check` does, once for each environment that cases ask for."""
    from wishbone.router import Default  # noqa: PLC0415 - help needs none of it
    from wishbone_cli.bootstrap import BootstrapError, Diagnostics, load  # noqa: PLC0415
    from wishbone_cli.plugin import load_plugins  # noqa: PLC0415

    environments: list[dict[str, str]] = []
    for case in cases:
        if case.environment not in environments:
            environments.append(case.environment)
    for environment in environments or [{}]:
        found = Diagnostics(diagnostics.secrets)
        try:
            load(configs, Default(plugins=load_plugins()), found, {**os.environ, **environment})
        except BootstrapError as error:
            new = [diagnostic for diagnostic in error.diagnostics if diagnostic not in diagnostics.found]
            diagnostics.found.extend(new)


def _explain_nothing(configs: Sequence[str], cases: Sequence[Case], only: str) -> str:
    if cases:
        names = ", ".join(repr(case.name) for case in cases)
        return escape(f"No test case has {only!r} in its name. There are: {names}.")
    return escape(
        f"There are no test cases for {', '.join(configs)}: write them into a section 'tests', or into a file"
        " beside it, such as 'pipeline.test.yaml' for 'pipeline.yaml'."
    )


def _tell(case: Case, complaints: Sequence[Complaint], diagnostics: Diagnostics) -> None:
    if not complaints:
        click.echo(f"{click.style('ok', fg='green')}      {escape(case.name)}")
        return
    click.echo(f"{click.style('FAILED', fg='red')}  {escape(case.name)}")
    for complaint in complaints:
        click.echo(f"  {complaint.location}: {escape(diagnostics.secrets.hide(complaint.message))}")
        for line in diagnostics.secrets.hide(complaint.difference).splitlines():
            colour = {"-": "red", "+": "green"}.get(line[0])
            click.echo("    " + click.style(escape(line), fg=colour))


def _conclude(
    results: Sequence[tuple[Case, list[Complaint]]], failed: int, form: str, diagnostics: Diagnostics
) -> None:
    if form == "text":
        click.echo(f"{len(results) - failed} passed, {failed} failed.")
        return
    import json  # noqa: PLC0415 - only who asked for JSON pays

    click.echo(json.dumps({"tests": [_as_dict(*result, diagnostics) for result in results]}, indent=2))


def _as_dict(case: Case, complaints: Sequence[Complaint], diagnostics: Diagnostics) -> dict[str, Any]:
    hide = diagnostics.secrets.hide
    return {
        "name": case.name,
        "file": case.location.file,
        "line": case.location.line,
        "passed": not complaints,
        "complaints": [
            {
                "file": complaint.location.file,
                "line": complaint.location.line,
                "message": hide(complaint.message),
                "difference": hide(complaint.difference),
            }
            for complaint in complaints
        ],
    }
