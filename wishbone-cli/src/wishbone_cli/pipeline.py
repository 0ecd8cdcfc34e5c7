"""Builds a pipeline from the options of a command."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from wishbone_cli.logs.format import escape
from wishbone_cli.report import report

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wishbone.router import Default
    from wishbone_cli.bootstrap import Definition, Diagnostics, Document

INVALID = 2
"""The exit code when the bootstrap file cannot be run."""


def open_pipeline(configs: Sequence[str], strict: bool, form: str) -> tuple[Default, Definition, Diagnostics]:
    """Build the pipeline of bootstrap files; exit after reporting if they have errors.

    Args:
        configs: Files and folders.
        strict: Whether a plugin that cannot be used is fatal.
        form: The format of errors: `text` or `json`.
    """
    from wishbone_cli.bootstrap import Diagnostics, Secrets, read  # noqa: PLC0415 - help does not need it

    diagnostics = Diagnostics(Secrets())
    return (*open_document(read(configs, diagnostics), diagnostics, strict, form), diagnostics)


def open_document(
    document: Document, diagnostics: Diagnostics, strict: bool, form: str
) -> tuple[Default, Definition]:
    """Build the pipeline of a document; exit after reporting if it has errors.

    Args:
        document: What `read` returned.
        diagnostics: What `read` was given.
        strict: Whether a plugin that cannot be used is fatal.
        form: The format of errors: `text` or `json`.
    """
    from wishbone.error import PluginFailed  # noqa: PLC0415 - help does not need the core
    from wishbone.router import Default  # noqa: PLC0415
    from wishbone_cli.bootstrap import BootstrapError, load_document  # noqa: PLC0415
    from wishbone_cli.plugin import load_plugins  # noqa: PLC0415

    router = Default(plugins=load_plugins(strict))
    try:
        definition = load_document(document, router, diagnostics)
    except BootstrapError as error:
        report(error.diagnostics, form)
        click.get_current_context().exit(INVALID)
    except PluginFailed as error:
        raise click.ClickException(escape(diagnostics.secrets.hide(str(error)))) from None
    return router, definition
