"""`wishbone show`: shows everything about one module or codec."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from wishbone_cli import options
from wishbone_cli.console import heading, paragraph, verbatim
from wishbone_cli.logs.format import escape

if TYPE_CHECKING:
    from wishbone.discovery.registry import Registry
    from wishbone_cli.catalogue import ArgumentInfo, ModuleInfo


@click.command(epilog="Example: wishbone show wishbone.input.generator")
@click.argument("name", shell_complete=options.complete_module)
@options.output_format
def command(name: str, form: str) -> None:
    """Show everything about a module or a codec.

    NAME is its full name, such as wishbone.input.generator or wishbone.decode.json, or the last part of the
    name if that is unique.
    """
    from wishbone.discovery.registry import Registry  # noqa: PLC0415 - help does not need the core
    from wishbone.error import WishboneError  # noqa: PLC0415
    from wishbone_cli.catalogue import module_info  # noqa: PLC0415

    registry = Registry.installed()
    try:
        found = module_info(registry, _full_name(name, registry))
    except WishboneError as error:
        raise click.ClickException(escape(str(error))) from None
    if form == "json":
        click.echo(json.dumps(found.as_dict(), indent=2, default=repr))
    else:
        _write(found)


def _full_name(name: str, registry: Registry) -> str:
    """Return the full name for a short one; an unknown name is returned as it is."""
    known = [offer.full_name for offer in (*registry.modules(), *registry.codecs())]
    short = sorted({full for full in known if full == name or full.endswith(f".{name}")})
    if len(short) > 1:
        message = f"{name!r} is not unique: write {' or '.join(short)}."
        raise click.ClickException(escape(message))
    return short[0] if short else name


def _write(info: ModuleInfo) -> None:
    entry = info.entry
    heading(f"{entry.name} ({entry.distribution} {entry.version})")
    for text in (entry.summary, *filter(None, info.description.split("\n\n"))):
        click.echo()
        paragraph(text)
    if info.arguments:
        heading("\nArguments")
    for argument in info.arguments:
        _write_argument(argument)
    if info.queues:
        heading("\nQueues")
    for queue in info.queues:
        note = f" ({queue.note})" if queue.note else ""
        paragraph(f"{queue.name}{note}", 2, fg="cyan")
        paragraph(queue.text, 4)
    if info.snippet:
        heading("\nExample")
        verbatim(info.snippet, 2)


def _write_argument(argument: ArgumentInfo) -> None:
    default = "required" if argument.required else f"default {_value(argument.default)}"
    facts = ", ".join(filter(None, [argument.type, argument.range, default]))
    paragraph(f"{argument.name} ({facts})", 2, fg="cyan")
    paragraph(argument.text, 4)


def _value(value: Any) -> str:
    return "nothing" if value is None else json.dumps(value, ensure_ascii=False, default=repr)
