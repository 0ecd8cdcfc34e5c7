"""The command `wishbone`: its subcommands are files that are imported when needed; plugins add more."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import click

from wishbone_cli import commands


class LazyGroup(click.Group):
    """Finds a command in the file of its name, and otherwise among those of plugins."""

    plugins_loaded = False

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all commands."""
        self._load_plugins()
        return sorted({*_own_commands(), *super().list_commands(ctx)})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a command. A plugin cannot replace one of wishbone's own."""
        if cmd_name in _own_commands():
            command: click.Command = import_module(f"wishbone_cli.commands.{cmd_name}").command
            return command
        self._load_plugins()
        return super().get_command(ctx, cmd_name)

    def _load_plugins(self) -> None:
        """Let plugins register commands. Without any, the core is not imported: that is slow."""
        if self.plugins_loaded:
            return
        self.plugins_loaded = True
        import importlib_metadata  # noqa: PLC0415 - only help and the commands of plugins need it

        if importlib_metadata.entry_points(group="wishbone"):
            from wishbone_cli.plugin import load_plugins  # noqa: PLC0415

            load_plugins().call("register_cli_commands", group=self)


def _own_commands() -> list[str]:
    (folder,) = commands.__path__
    return [path.stem for path in Path(folder).glob("[a-z]*.py")]


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="wishbone-cli")
def wishbone() -> None:
    """Run, check and document event pipelines made of modules."""
