"""From what the command line says to a router that could be started."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from wishbone_cli.logs.text import escape
from wishbone_cli.report import report

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wishbone.router import Default
    from wishbone_cli.bootstrap import Definition, Mistakes

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
    from wishbone.error import PluginFailed  # noqa: PLC0415 - help needs none of the core
    from wishbone.router import Default  # noqa: PLC0415
    from wishbone_cli.bootstrap import BootstrapError, Mistakes, Secrets, load  # noqa: PLC0415
    from wishbone_cli.plugin import load_plugins  # noqa: PLC0415

    router = Default(plugins=load_plugins(strict))
    mistakes = Mistakes(Secrets())
    try:
        definition = load(configs, router, mistakes)
    except BootstrapError as error:
        report(error.mistakes, form)
        click.get_current_context().exit(MISTAKEN)
    except PluginFailed as error:
        raise click.ClickException(escape(mistakes.secrets.hide(str(error)))) from None
    return router, definition, mistakes
