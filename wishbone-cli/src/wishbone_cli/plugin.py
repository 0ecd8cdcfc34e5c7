"""Loads the plugins, with the hooks of the command line beside those of the core."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import click

from wishbone_cli.logs.text import escape

if TYPE_CHECKING:
    from wishbone.discovery.plugins import Plugins


@cache
def load_plugins(strict: bool = False) -> Plugins:
    """Return the installed plugins, loaded once.

    Args:
        strict: Whether a plugin that cannot be used is fatal.

    Raises:
        click.ClickException: A plugin cannot be used, and `strict` is true.
    """
    from wishbone.discovery.plugins import Plugins  # noqa: PLC0415
    from wishbone.error import InvalidModule  # noqa: PLC0415 - help without plugins needs none of the core
    from wishbone_cli import hookspec  # noqa: PLC0415

    try:
        return Plugins(hookspec, strict=strict, report=_report)
    except InvalidModule as error:
        raise click.ClickException(escape(str(error))) from None


def _report(message: str) -> None:
    click.echo(f"Warning: {escape(message)}", err=True)
