"""The pages of the command `wishbone`, from the help of its commands."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING

import click
from page import Page, code, fence, join, prose, table

from wishbone_cli.group import wishbone

if TYPE_CHECKING:
    from collections.abc import Iterator


def command_pages() -> Iterator[Page]:
    """Yield the list of all commands, and a page for each, those of plugins among them."""
    above = click.Context(wishbone, info_name="wishbone", **wishbone.context_settings)
    names = wishbone.list_commands(above)
    found = {name: command for name in names if (command := wishbone.get_command(above, name))}
    rows = [
        (f"[`wishbone {name}`]({name}.md)", prose(command.get_short_help_str(100)))
        for name, command in found.items()
    ]
    text = join(
        "# The command",
        "`wishbone` runs, checks and documents pipelines. `--help` says of each command what stands here.",
        fence("sh", "pip install wishbone-cli"),
        table(["command", "what it does"], rows),
    )
    yield Page("index.md", "All commands", text)
    for name, command in found.items():
        yield Page(f"{name}.md", name, _command(name, command, above))


def _command(name: str, command: click.Command, above: click.Context) -> str:
    context = click.Context(command, info_name=name, parent=above)
    records = [parameter.get_help_record(context) for parameter in command.get_params(context)]
    return join(
        f"# wishbone {name}",
        fence("text", command.get_usage(context).removeprefix("Usage: ")),
        prose(inspect.cleandoc(command.help or "").replace("\b\n", "")),
        "## Options",
        table(["option", ""], [(code(record[0]), prose(record[1])) for record in records if record]),
        "## Example" if command.epilog else "",
        fence("sh", (command.epilog or "").removeprefix("Example: ")) if command.epilog else "",
    )
