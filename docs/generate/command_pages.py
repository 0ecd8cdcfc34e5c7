"""The pages of the command `wishbone`, from the help of its commands."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING

import click
from page import Definition, Page, code, definitions, fence, join, prose

from wishbone_cli.app import wishbone

if TYPE_CHECKING:
    from collections.abc import Iterator


def command_pages() -> Iterator[Page]:
    """Yield the list of all commands, and a page for each, including those of plugins."""
    above = click.Context(wishbone, info_name="wishbone", **wishbone.context_settings)
    names = wishbone.list_commands(above)
    found = {name: command for name in names if (command := wishbone.get_command(above, name))}
    rows = [
        Definition(f"[`wishbone {name}`]({name}.md)", prose(command.get_short_help_str(100)))
        for name, command in found.items()
    ]
    text = join(
        "# The command",
        "`wishbone` runs, checks and documents pipelines. `wishbone COMMAND --help` prints the text of"
        " these pages.",
        fence("sh", "pip install wishbone-cli"),
        definitions(rows),
    )
    yield Page("index.md", "All commands", text)
    for name, command in found.items():
        yield Page(f"{name}.md", name, _command(name, command, above))


def _command(name: str, command: click.Command, above: click.Context) -> str:
    context = click.Context(command, info_name=name, parent=above)
    options = [found for found in command.get_params(context) if isinstance(found, click.Option)]
    return join(
        f"# wishbone {name}",
        fence("text", command.get_usage(context).removeprefix("Usage: ")),
        *map(_paragraph, inspect.cleandoc(command.help or "").split("\n\n")),
        "## Options",
        definitions(_option(option, context) for option in options if not option.hidden),
        "## Example" if command.epilog else "",
        fence("sh", (command.epilog or "").removeprefix("Example: ")) if command.epilog else "",
    )


def _option(option: click.Option, context: click.Context) -> Definition:
    names = [*option.opts, *option.secondary_opts]
    facts = [] if option.is_flag else [_takes(option, context)]
    facts += filter(None, [_default(option, context), "**required**" if option.required else ""])
    anchor = f"option-{max(option.opts, key=len).lstrip('-')}"
    return Definition(code(", ".join(names)), prose(option.help or ""), "; ".join(facts), anchor)


def _takes(option: click.Option, context: click.Context) -> str:
    if isinstance(option.type, click.Choice):
        return " or ".join(map(code, option.type.choices))
    return prose(option.make_metavar(context))


def _default(option: click.Option, context: click.Context) -> str:
    default = option.get_help_extra(context).get("default")
    return f"default {code(default)}" if default else ""


def _paragraph(text: str) -> str:
    """Return a paragraph of a help text. What click does not wrap is shown as it is."""
    return fence("text", text.removeprefix("\b\n")) if text.startswith("\b") else prose(text)
