"""Reads the events that a test feeds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wishbone.diagnostics.suggest import did_you_mean
from wishbone.error import InvalidData
from wishbone.event import Event
from wishbone_testing.cases.reader import CONTENTS, Reader

if TYPE_CHECKING:
    from wishbone_cli.bootstrap import Diagnostics, Node
    from wishbone_testing.cases.reader import KeyPath

KINDS = ("$equals", "$event", *CONTENTS)


def read_events(node: Node, path: KeyPath, diagnostics: Diagnostics) -> list[dict[str, Any]]:
    """Return the fields of the events in a list of payloads, or in `{$lines: file}`."""
    reader = Reader(node, diagnostics)
    if isinstance(node.value, list):
        return [_fields(reader, item, [*path, index]) for index, item in enumerate(node.value)]
    if isinstance(node.value, dict) and [*node.value] == ["$lines"]:
        return [{"data": line} for line in reader.lines(node.value["$lines"], [*path, "$lines"])]
    reader.expected("a list of events, or {$lines: file}", node, path)
    return []


def _fields(reader: Reader, node: Node, path: KeyPath) -> dict[str, Any]:
    key = next(iter(node.value)) if isinstance(node.value, dict) and len(node.value) == 1 else None
    if not (isinstance(key, str) and key.startswith("$")):
        return {"data": node.plain_value()}
    path, item = [*path, key], node.value[key]
    if key == "$event":
        return _whole_event(reader, item, path)
    if key == "$equals":
        return {"data": item.plain_value()}
    if key in CONTENTS:
        return {"data": reader.content(key, item, path)}
    message = f"{key!r} does not describe an event. {did_you_mean(key, KINDS)}"
    reader.diagnostics.add(node.keys[key], path, message)
    return {}


def _whole_event(reader: Reader, node: Node, path: KeyPath) -> dict[str, Any]:
    if not reader.is_of(dict, node, path, "fields of an event, such as {data: hello}"):
        return {}
    fields: dict[str, Any] = node.plain_value()
    try:
        Event().slurp(fields)
    except InvalidData as error:
        reader.diagnostics.add(node.location, path, str(error))
    return fields
