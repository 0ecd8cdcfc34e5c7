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
    options = [found for found in command.get_params(context) if isinstance(found, click.Option)]
    records = [option.get_help_record(context) for option in options]
    return join(
        f"# wishbone {name}",
        fence("text", command.get_usage(context).removeprefix("Usage: ")),
        *map(_paragraph, inspect.cleandoc(command.help or "").split("\n\n")),
        "## Options",
        table(["option", ""], [(code(record[0]), prose(record[1])) for record in records if record]),
        "## Example" if command.epilog else "",
        fence("sh", (command.epilog or "").removeprefix("Example: ")) if command.epilog else "",
    )


def _paragraph(text: str) -> str:
    """Return a paragraph of a help; one that click is not to wrap stays as it is, too."""
    return fence("text", text.removeprefix("\b\n")) if text.startswith("\b") else prose(text)
