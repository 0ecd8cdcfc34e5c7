"""`wishbone test`: runs the test cases of a pipeline."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

import click

from wishbone_cli import options
from wishbone_cli.logs.format import escape
from wishbone_cli.report import report

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wishbone_cli.bootstrap import Diagnostics
    from wishbone_testing.cases import Case, Mismatch

    Result = tuple[Case, list[Mismatch]]

FAILED = 1
"""The exit code if a case fails."""

INVALID = 2
"""The exit code if the cases cannot run."""


@click.command(name="test", epilog="Example: wishbone test --config pipeline.yaml --only batch")
@options.config
@click.option(
    "--tests",
    "files",
    multiple=True,
    type=click.Path(),
    help="A file with test cases, instead of those next to the bootstrap file. May be repeated.",
)
@click.option("--only", default="", help="Run only the cases with this text in their names.")
@options.output_format
def command(configs: tuple[str, ...], files: tuple[str, ...], only: str, form: str) -> None:
    """Run the test cases of a pipeline.

    The cases are in the section 'tests' of the bootstrap file, or in a file next to it: 'pipeline.test.yaml'
    for 'pipeline.yaml'. Inputs and outputs are replaced, and the case controls the time. Everything else is
    real. The exit code is 0 if all cases pass, 1 if one fails, and 2 if they cannot run.
    """
    from wishbone_cli.bootstrap import Diagnostics, Secrets  # noqa: PLC0415 - help does not need it
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
        raise click.UsageError(_explain_no_cases(configs, cases, only))
    hide = diagnostics.secrets.hide
    results: list[Result] = []
    for case in chosen:
        mismatches = [
            mismatch._replace(message=hide(mismatch.message), diff=hide(mismatch.diff))
            for mismatch in run(case, configs, hide)
        ]
        results.append((case, mismatches))
        if form == "text":
            _print_result(case, mismatches)
    failed = sum(bool(mismatches) for _, mismatches in results)
    if form == "text":
        click.echo(f"{len(results) - failed} passed, {failed} failed.")
    else:
        click.echo(json.dumps({"tests": [_as_dict(*result) for result in results]}, indent=2))
    if failed:
        click.get_current_context().exit(FAILED)


def _check_bootstrap(cases: Sequence[Case], configs: Sequence[str], diagnostics: Diagnostics) -> None:
    """Check the bootstrap files as `wishbone check` does, once for each environment of a case."""
    from wishbone.router import Default  # noqa: PLC0415 - help does not need it
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


def _explain_no_cases(configs: Sequence[str], cases: Sequence[Case], only: str) -> str:
    if cases:
        names = ", ".join(repr(case.name) for case in cases)
        return escape(f"No test case has {only!r} in its name. There are: {names}.")
    return escape(
        f"There are no test cases for {', '.join(configs)}: write them into a section 'tests', or into a file"
        " next to it, such as 'pipeline.test.yaml' for 'pipeline.yaml'."
    )


def _print_result(case: Case, mismatches: Sequence[Mismatch]) -> None:
    if not mismatches:
        click.echo(f"{click.style('ok', fg='green')}      {escape(case.name)}")
        return
    click.echo(f"{click.style('FAILED', fg='red')}  {escape(case.name)}")
    for mismatch in mismatches:
        click.echo(f"  {mismatch.location}: {escape(mismatch.message)}")
        for line in mismatch.diff.splitlines():
            colour = {"-": "red", "+": "green"}.get(line[0])
            click.echo("    " + click.style(escape(line), fg=colour))


def _as_dict(case: Case, mismatches: Sequence[Mismatch]) -> dict[str, Any]:
    return {
        "name": case.name,
        "file": case.location.file,
        "line": case.location.line,
        "passed": not mismatches,
        "mismatches": [
            {
                "file": mismatch.location.file,
                "line": mismatch.location.line,
                "message": mismatch.message,
                "diff": mismatch.diff,
            }
            for mismatch in mismatches
        ],
    }
