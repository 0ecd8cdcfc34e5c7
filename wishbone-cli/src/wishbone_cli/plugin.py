"""Loads the plugins, with the hooks of the command line and those of the core."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import click

from wishbone_cli.logs.format import escape

if TYPE_CHECKING:
    from wishbone.discovery.plugins import Plugins


@cache
def load_plugins(strict: bool = False) -> Plugins:
    """Return the installed plugins, which are loaded once.

    Raises:
        click.ClickException: A plugin cannot be used, and `strict` is true.
    """
    from wishbone.discovery.plugins import Plugins  # noqa: PLC0415
    from wishbone.error import InvalidModule  # noqa: PLC0415 - help without plugins does not need the core
    from wishbone_cli import hookspec  # noqa: PLC0415

    def report(message: str) -> None:
        click.echo(f"Warning: {escape(message)}", err=True)

    try:
        return Plugins(hookspec, strict=strict, report=report)
    except InvalidModule as error:
        raise click.ClickException(escape(str(error))) from None
