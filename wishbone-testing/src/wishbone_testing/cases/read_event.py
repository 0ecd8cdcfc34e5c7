"""Reads the events that a test feeds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wishbone.diagnostics.suggest import did_you_mean
from wishbone.error import InvalidData
from wishbone.event import Event
from wishbone_testing.cases.content import CONTENTS, read_content, read_lines

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from wishbone_cli.bootstrap import Diagnostics, Node

KINDS = ("$equals", "$event", *CONTENTS)


def read_events(
    node: Node, path: Sequence[object], diagnostics: Diagnostics, folder: Path
) -> list[dict[str, Any]]:
    """Return the fields of each event to feed. The events themselves are made when it is time.

    Args:
        node: A list of payloads; `{$lines: file}` for a file's lines.
        path: Where it stands.
        diagnostics: Told what is wrong.
        folder: What the paths of files are relative to.
    """
    if isinstance(node.value, list):
        return [_fields(item, [*path, index], diagnostics, folder) for index, item in enumerate(node.value)]
    if isinstance(node.value, dict) and [*node.value] == ["$lines"]:
        lines = read_lines(node.value["$lines"], [*path, "$lines"], diagnostics, folder)
        return [{"data": line} for line in lines]
    if not node.invalid:
        message = f"Expected a list of events, or {{$lines: file}}. Found {node.shown}."
        diagnostics.add(node.location, path, message)
    return []


def _fields(node: Node, path: Sequence[object], diagnostics: Diagnostics, folder: Path) -> dict[str, Any]:
    """Return a payload as it stands, unless its only key begins with `$`."""
    key = next(iter(node.value)) if isinstance(node.value, dict) and len(node.value) == 1 else None
    if not (isinstance(key, str) and key.startswith("$")):
        return {"data": node.plain_value()}
    where, item = [*path, key], node.value[key]
    if key == "$event":
        return _whole_event(item, where, diagnostics)
    if key == "$equals":
        return {"data": item.plain_value()}
    if key in CONTENTS:
        return {"data": read_content(key, item, where, diagnostics, folder)}
    diagnostics.add(node.keys[key], where, f"An event cannot be given by {key!r}. {did_you_mean(key, KINDS)}")
    return {}


def _whole_event(node: Node, path: Sequence[object], diagnostics: Diagnostics) -> dict[str, Any]:
    fields: Any = node.plain_value()
    if not isinstance(fields, dict):
        message = f"Expected fields of an event, such as {{data: hello}}. Found {node.shown}."
        diagnostics.add(node.location, path, message)
        return {}
    try:
        Event().slurp(fields)
    except InvalidData as error:
        diagnostics.add(node.location, path, str(error))
    return fields
