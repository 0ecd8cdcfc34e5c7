"""Options that several commands have."""

from __future__ import annotations

from typing import Any

import click


class ConfigPath(click.Path):
    """A file or folder that is named: an empty name would be the folder that somebody happens to be in."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Refuse the empty name."""
        if not value:
            self.fail("It is empty: name a file or a folder. Is a variable not set?", param, ctx)
        return super().convert(value, param, ctx)


config = click.option(
    "--config",
    "-c",
    "configs",
    multiple=True,
    required=True,
    type=ConfigPath(),
    help="A bootstrap file, or a folder of them; may be given several times.",
)

strict = click.option("--strict", is_flag=True, help="A plugin that cannot be used is fatal.")

mistake_format = click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json"]),
    default="text",
    help="How mistakes in the bootstrap file are written: for people, or for machines.",
)

output_format = click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json"]),
    default="text",
    help="For people, or for machines.",
)


def complete_module(_ctx: click.Context, _parameter: click.Parameter, incomplete: str) -> list[str]:
    """Return the full names of the modules and codecs that begin so, or whose last part does."""
    from wishbone.discovery.registry import Registry  # noqa: PLC0415 - only a completion needs it

    registry = Registry.installed()
    names = sorted({offer.full_name for offer in (*registry.modules(), *registry.codecs())})
    full = [name for name in names if name.startswith(incomplete)]
    return full or sorted(
        {name.rpartition(".")[2] for name in names if name.rpartition(".")[2].startswith(incomplete)}
    )
