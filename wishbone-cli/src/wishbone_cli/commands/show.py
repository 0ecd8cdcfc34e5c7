"""`wishbone show`: everything about one module or codec."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from wishbone_cli import options
from wishbone_cli.logs.text import escape
from wishbone_cli.page import heading, paragraph, verbatim

if TYPE_CHECKING:
    from wishbone.discovery.registry import Registry
    from wishbone_cli.catalogue import Argument, Sheet


@click.command(epilog="Example: wishbone show wishbone.input.generator")
@click.argument("name", shell_complete=options.complete_module)
@options.output_format
def command(name: str, form: str) -> None:
    """Show everything about a module or a codec.

    NAME is its full name, such as wishbone.input.generator or wishbone.decode.json, or the last part of it
    if nothing else has the same.
    """
    from wishbone.discovery.registry import Registry  # noqa: PLC0415
    from wishbone.error import WishboneError  # noqa: PLC0415 - help needs none of the core
    from wishbone_cli.catalogue import sheet  # noqa: PLC0415

    registry = Registry.installed()
    try:
        found = sheet(registry, _full_name(name, _names(registry)))
    except WishboneError as error:
        raise click.ClickException(escape(str(error))) from None
    if form == "json":
        click.echo(json.dumps(found.as_dict(), indent=2, default=repr))
    else:
        _write(found)


def _names(registry: Registry) -> list[str]:
    return [offer.full_name for offer in (*registry.modules(), *registry.codecs())]


def _full_name(name: str, known: list[str]) -> str:
    """Return the full name that a short one stands for; a name that is unknown stays as it is."""
    short = sorted({full for full in known if full == name or full.endswith(f".{name}")})
    if len(short) > 1:
        message = f"{name!r} is the name of several things: write {' or '.join(short)}."
        raise click.ClickException(escape(message))
    return short[0] if short else name


def _write(sheet: Sheet) -> None:
    entry = sheet.entry
    heading(f"{entry.name} ({entry.distribution} {entry.version})")
    for text in (entry.summary, *filter(None, sheet.description.split("\n\n"))):
        click.echo()
        paragraph(text)
    if sheet.arguments:
        heading("\nArguments")
    for argument in sheet.arguments:
        _write_argument(argument)
    if sheet.queues:
        heading("\nQueues")
    for queue in sheet.queues:
        note = f" ({queue.note})" if queue.note else ""
        paragraph(f"{queue.name}{note}", 2, fg="cyan")
        paragraph(queue.text, 4)
    if sheet.snippet:
        heading("\nExample")
        verbatim(sheet.snippet, 2)


def _write_argument(argument: Argument) -> None:
    default = "required" if argument.required else f"default {_value(argument.default)}"
    facts = ", ".join(filter(None, [argument.type, argument.range, default]))
    paragraph(f"{argument.name} ({facts})", 2, fg="cyan")
    paragraph(argument.text, 4)


def _value(value: Any) -> str:
    return "nothing" if value is None else json.dumps(value, ensure_ascii=False, default=repr)
