"""`wishbone graph`: draws a pipeline."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from wishbone_cli import options
from wishbone_cli.pipeline import open_pipeline

if TYPE_CHECKING:
    from wishbone_cli.bootstrap import Definition


@click.command(epilog="Example: wishbone graph --config pipeline.yaml --format dot")
@options.config
@click.option(
    "--format",
    "form",
    type=click.Choice(["mermaid", "dot", "json"]),
    default="mermaid",
    help="The format of the graph.",
)
@options.strict
def command(configs: tuple[str, ...], form: str, strict: bool) -> None:
    """Draw a pipeline as Mermaid, DOT or JSON.

    The graph shows modules and routes, and no arguments.
    """
    _, definition, _ = open_pipeline(configs, strict, "text")
    click.echo({"mermaid": _mermaid, "dot": _dot, "json": _json}[form](definition))


def _mermaid(definition: Definition) -> str:
    # Identifiers instead of names: a module called "end" would end the diagram.
    ids = {name: f"m{number}" for number, name in enumerate(definition.modules)}
    modules = [f'    {ids[name]}["{name}<br/>{found.module}"]' for name, found in definition.modules.items()]
    routes = [
        f'    {ids[source]} -->|"{outgoing} to {incoming}"| {ids[destination]}'
        for source, outgoing, destination, incoming in _ends(definition)
    ]
    return "\n".join(["flowchart LR", *modules, *routes])


def _dot(definition: Definition) -> str:
    modules = [
        f'    "{name}" [label="{name}\\n{found.module}"];' for name, found in definition.modules.items()
    ]
    routes = [
        f'    "{source}" -> "{destination}" [label="{outgoing} to {incoming}"];'
        for source, outgoing, destination, incoming in _ends(definition)
    ]
    return "\n".join(["digraph {", "    rankdir=LR;", "    node [shape=box];", *modules, *routes, "}"])


def _json(definition: Definition) -> str:
    modules = [
        {"name": name, "module": found.module, "description": found.config.description}
        for name, found in definition.modules.items()
    ]
    routes = [{"from": route.source, "to": route.destination, **route.options} for route in definition.routes]
    return json.dumps({"modules": modules, "routes": routes}, indent=2)


def _ends(definition: Definition) -> list[tuple[str, str, str, str]]:
    """Return module and queue of both ends of each route. Valid names need no quoting."""
    ends = [(route.source.split("."), route.destination.split(".")) for route in definition.routes]
    return [(source[0], source[1], destination[0], destination[1]) for source, destination in ends]
