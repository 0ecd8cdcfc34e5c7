"""Options of the commands that write logs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from wishbone_cli.logs.format import LEVELS

if TYPE_CHECKING:
    from collections.abc import Callable

level = click.option(
    "--log-level",
    type=click.Choice(LEVELS),
    default="info",
    help="The least severe level that is logged.",
)

log_format = click.option(
    "--log-format", type=click.Choice(["text", "json"]), default="text", help="The format of logs."
)


def destination(*names: str) -> Callable[[Any], Any]:
    """Return the option for where logs are written; the first name is the default."""
    return click.option(
        "--logs",
        type=click.Choice(names),
        default=names[0],
        show_default=True,
        help="Where the logs of the modules are written.",
    )
