"""From what the command line says to a router that could be started."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from wishbone_cli.logs.text import escape
from wishbone_cli.report import report

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wishbone.router import Default
    from wishbone_cli.bootstrap import Definition, Document, Mistakes

MISTAKEN = 2
"""The exit code when the bootstrap file cannot be run."""


def open_pipeline(configs: Sequence[str], strict: bool, form: str) -> tuple[Default, Definition, Mistakes]:
    """Build what bootstrap files describe, or tell what is wrong with them and exit.

    Args:
        configs: Files and folders.
        strict: Whether a plugin that cannot be used is fatal.
        form: How mistakes are written: `text` or `json`.

    Returns:
        The router, the definition that it was built from, and what may be noted further.
    """
    from wishbone_cli.bootstrap import Mistakes, Secrets, read  # noqa: PLC0415 - help needs none of the core

    mistakes = Mistakes(Secrets())
    return (*open_document(read(configs, mistakes), mistakes, strict, form), mistakes)


def open_document(
    document: Document, mistakes: Mistakes, strict: bool, form: str
) -> tuple[Default, Definition]:
    """Build what bootstrap files say, or tell what is wrong with it and exit.

    Args:
        document: What the files say.
        mistakes: What was wrong with them, if anything.
        strict: Whether a plugin that cannot be used is fatal.
        form: How mistakes are written: `text` or `json`.

    Returns:
        The router, and the definition that it was built from.
    """
    from wishbone.error import PluginFailed  # noqa: PLC0415 - help needs none of the core
    from wishbone.router import Default  # noqa: PLC0415
    from wishbone_cli.bootstrap import BootstrapError, load_document  # noqa: PLC0415
    from wishbone_cli.plugin import load_plugins  # noqa: PLC0415

    router = Default(plugins=load_plugins(strict))
    try:
        definition = load_document(document, router, mistakes)
    except BootstrapError as error:
        report(error.mistakes, form)
        click.get_current_context().exit(MISTAKEN)
    except PluginFailed as error:
        raise click.ClickException(escape(mistakes.secrets.hide(str(error)))) from None
    return router, definition
