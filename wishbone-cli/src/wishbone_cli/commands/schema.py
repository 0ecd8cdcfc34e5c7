"""`wishbone schema`: prints the JSON Schema of a bootstrap file, for editors."""

from __future__ import annotations

import click


@click.command(epilog="Example: wishbone schema > wishbone.schema.json")
def command() -> None:
    """Print the JSON Schema of a bootstrap file.

    It contains the installed modules with their arguments. Editors with the YAML language server use it when
    the first line of the file is '# yaml-language-server: $schema=wishbone.schema.json'.
    """
    import json  # noqa: PLC0415 - help does not need it

    from wishbone.discovery.registry import Registry  # noqa: PLC0415
    from wishbone_cli.plugin import load_plugins  # noqa: PLC0415
    from wishbone_cli.schema import bootstrap_schema  # noqa: PLC0415

    schema = bootstrap_schema(Registry.installed())
    load_plugins().call("extend_bootstrap_schema", schema=schema)
    click.echo(json.dumps(schema, indent=2))
