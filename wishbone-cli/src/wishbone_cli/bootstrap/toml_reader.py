"""Reads TOML into nodes. `tomllib` gives no locations, so they are looked up in the text."""

from __future__ import annotations

import re
import tomllib
from typing import TYPE_CHECKING, Any

from wishbone_cli.bootstrap.location import SourceLocation
from wishbone_cli.bootstrap.node import Node
from wishbone_cli.bootstrap.yaml_reader import MAX_DEPTH, ParseError, too_deep

if TYPE_CHECKING:
    from collections.abc import Sequence

_KEY = r"(?:[A-Za-z0-9_-]+|\"[^\"\\]*\"|'[^']*')"
_DOTTED = rf"{_KEY}(?:\s*\.\s*{_KEY})*"
_HEADER = re.compile(rf"\s*(?P<brackets>\[\[?)\s*(?P<key>{_DOTTED})\s*\]")
_ASSIGNMENT = re.compile(rf"\s*(?P<key>{_DOTTED})\s*=\s*")
_WHERE = re.compile(r" \(at (line (?P<line>\d+), column (?P<column>\d+)|end of document)\)$")


def read_toml(text: str, file: str) -> Node:
    """Return the content of a text in TOML.

    Raises:
        ParseError: The text is not valid TOML, or is nested too deep.
    """
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        message = str(error)
        where = _WHERE.search(message)
        line, column = (where["line"], where["column"]) if where else (None, None)
        location = SourceLocation(file, int(line or text.count("\n") + 1), int(column or 1))
        raise ParseError(location, f"Not valid TOML: {_WHERE.sub('', message)}.") from None
    except RecursionError:
        raise too_deep(_first_too_deep(text, file)) from None
    return _node(content, (), _Locations(text, file))


def _first_too_deep(text: str, file: str) -> SourceLocation:
    """Return the first bracket that is nested too deep, as tomllib does not say where it gave up."""
    depth = 0
    for match in re.finditer(r"[\[\]{}]", text):
        depth += 1 if match[0] in "[{" else -1
        if depth > MAX_DEPTH:
            before = text[: match.start()]
            return SourceLocation(file, before.count("\n") + 1, match.start() - before.rfind("\n"))
    return SourceLocation(file, 1, 1)


def _node(value: Any, path: tuple[object, ...], locations: _Locations) -> Node:
    location = locations.find(path, value)
    if len(path) > MAX_DEPTH:
        raise too_deep(location)
    if isinstance(value, dict):
        content = {key: _node(item, (*path, key), locations) for key, item in value.items()}
        return Node(content, location, {key: locations.find((*path, key), key) for key in value})
    if isinstance(value, list):
        return Node([_node(item, (*path, index), locations) for index, item in enumerate(value)], location)
    return Node(value if isinstance(value, str | int | float) else str(value), location)


class _Locations:
    """The locations of keys: of the lines that begin with a key, by the path to the key."""

    def __init__(self, text: str, file: str) -> None:
        self.file = file
        self.lines = text.splitlines()
        self.known: dict[tuple[object, ...], SourceLocation] = {(): SourceLocation(file, 1, 1)}
        self._index()

    def find(self, path: Sequence[object], value: object) -> SourceLocation:
        """Return the location of a value: of its text if that can be found, else of the nearest key."""
        known = tuple(path)
        while known not in self.known:
            known = known[:-1]
        location = self.known[known]
        if len(known) == len(path) or not isinstance(value, str):
            return location
        for number in range(location.line, len(self.lines) + 1):
            column = self.lines[number - 1].find(value)
            if value and column >= 0:
                return SourceLocation(self.file, number, column + 1)
        return location

    def _index(self) -> None:
        table: tuple[object, ...] = ()
        counts: dict[tuple[object, ...], int] = {}
        for number, line in enumerate(self.lines, 1):
            if header := _HEADER.match(line):
                table = _split(header["key"])
                if header["brackets"] == "[[":
                    counts[table] = counts.get(table, -1) + 1
                    table = (*table, counts[table])
                self._note(table, number, header.start("key"))
            elif assignment := _ASSIGNMENT.match(line):
                self._note((*table, *_split(assignment["key"])), number, assignment.start("key"))

    def _note(self, path: tuple[object, ...], line: int, column: int) -> None:
        # Up to the first level that is refused: a key may have thousands of parts.
        for length in range(1, min(len(path), MAX_DEPTH + 1) + 1):
            self.known.setdefault(path[:length], SourceLocation(self.file, line, column + 1))


def _split(key: str) -> tuple[object, ...]:
    return tuple(part.strip("\"'") for part in re.findall(_KEY, key))
