"""The hooks that the command line calls, for plugins under the entry-point group `wishbone`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wishbone.hookspec import hookspec

if TYPE_CHECKING:
    from typing import Any

    import click


@hookspec
def register_cli_commands(group: click.Group) -> None:
    """Add commands to the command `wishbone`, with `@group.command()` on a function."""


@hookspec
def extend_bootstrap_schema(schema: dict[str, Any]) -> None:
    """Describe in the schema of bootstrap files a section that the plugin reads, such as `tests`."""
