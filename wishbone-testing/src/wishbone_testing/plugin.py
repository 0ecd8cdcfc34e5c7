"""The plugin that adds `wishbone test` to the command, and test cases to the schema of bootstrap files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wishbone import hookimpl

if TYPE_CHECKING:
    import click


# Optional: only the command calls these hooks, but a router in Python loads this plugin, too.
@hookimpl(optionalhook=True)
def register_cli_commands(group: click.Group) -> None:
    """Add `wishbone test`."""
    from wishbone_testing.command import command  # noqa: PLC0415 - a running server does not need it

    group.add_command(command)


@hookimpl(optionalhook=True)
def extend_bootstrap_schema(schema: dict[str, Any]) -> None:
    """Describe the section `tests`."""
    from wishbone_testing.cases.schema import case_schema  # noqa: PLC0415 - only a schema needs it

    schema["properties"]["tests"]["items"] = case_schema()
