"""The page of the bootstrap file, and its JSON Schema, as `wishbone schema` prints it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from page import Definition, Page, code, definitions, join, prose

from wishbone.discovery.registry import Registry
from wishbone_cli.plugin import load_plugins
from wishbone_cli.schema import bootstrap_schema

if TYPE_CHECKING:
    from collections.abc import Iterator

SCHEMA = "wishbone.schema.json"


def schema_pages() -> Iterator[Page]:
    """Yield the page, and the schema itself."""
    schema = bootstrap_schema(Registry.installed())
    load_plugins().call("extend_bootstrap_schema", schema=schema)
    (module,) = schema["properties"]["modules"]["patternProperties"].values()
    (name,) = schema["properties"]["modules"]["patternProperties"]
    route = schema["properties"]["routingtable"]["items"]["anyOf"][-1]
    text = join(
        "# Bootstrap file",
        "[Write a bootstrap file](../how-to/write-a-bootstrap-file.md) explains these keys by example.",
        f"The [JSON Schema]({SCHEMA}) is the output of `wishbone schema` with all modules of this repository"
        " installed. Editors that use the YAML language server complete and check bootstrap files with it.",
        "## Sections",
        _properties(schema, "section"),
        "## A module",
        f"Each key below `modules` is the name of a module, which you choose. It must match {code(name)}."
        " Its value is a mapping:",
        _properties(module, "module"),
        "The [page of each module](modules/index.md) describes its `arguments`.",
        "## A route",
        "A text, `module.queue -> module.queue`, or a mapping:",
        _properties(route, "route"),
    )
    yield Page("bootstrap-file.md", "Bootstrap file", text)
    yield Page(SCHEMA, "", json.dumps(schema, indent=2) + "\n")


def _properties(schema: dict[str, Any], prefix: str) -> str:
    required = schema.get("required", [])
    rows = []
    for name, found in schema["properties"].items():
        must = "; **required**" if name in required else ""
        text = prose(found.get("description", ""))
        rows.append(Definition(code(name), text, _takes(found) + must, f"{prefix}-{name}"))
    return definitions(rows)


def _takes(schema: dict[str, Any]) -> str:
    """Return what a value may be, in words."""
    if "enum" in schema:
        choices = schema["enum"]
        if choices[0].startswith("wishbone."):
            return "the name of a module"
        return " or ".join(map(code, choices))
    if "anyOf" in schema:
        return " or ".join(dict.fromkeys(filter(None, map(_takes, schema["anyOf"]))))
    if "$ref" in schema:
        return "a variable or a secret"
    kinds = schema.get("type", "any value")
    found = [kind for kind in ([kinds] if isinstance(kinds, str) else kinds) if kind != "null"]
    least = schema.get("minimum", schema.get("exclusiveMinimum"))
    bound = "" if least is None else f", {'at least' if 'minimum' in schema else 'above'} {least}"
    return " or ".join(_NAMES.get(kind, kind) for kind in found) + bound


_NAMES = {
    "array": "list",
    "integer": "whole number",
    "null": "nothing",
    "object": "mapping",
    "string": "text",
}
