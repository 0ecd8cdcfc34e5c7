"""Options that several commands have."""

from __future__ import annotations

from typing import Any

import click


class ConfigPath(click.Path):
    """The path of a file or a folder. It must not be empty, as that would be the working folder."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Refuse an empty path."""
        if not value:
            self.fail("The path is empty: name a file or a folder. Is a variable not set?", param, ctx)
        return super().convert(value, param, ctx)


config = click.option(
    "--config",
    "-c",
    "configs",
    multiple=True,
    required=True,
    type=ConfigPath(),
    help="A bootstrap file, or a folder of them. Can be given several times.",
)

strict = click.option("--strict", is_flag=True, help="Treat a plugin that cannot be used as fatal.")

diagnostic_format = click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json"]),
    default="text",
    help="The format of errors in the bootstrap file: for people or for programs.",
)

output_format = click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json"]),
    default="text",
    help="The format of the output: for people or for programs.",
)


def complete_module(_ctx: click.Context, _parameter: click.Parameter, incomplete: str) -> list[str]:
    """Return the modules and codecs whose full name, or else whose last part, begins like this."""
    from wishbone.discovery.registry import Registry  # noqa: PLC0415 - only completion needs it

    registry = Registry.installed()
    names = sorted({offer.full_name for offer in (*registry.modules(), *registry.codecs())})
    short = {name.rpartition(".")[2] for name in names}
    full = [name for name in names if name.startswith(incomplete)]
    return full or sorted(name for name in short if name.startswith(incomplete))
