"""Reads TOML into nodes. Its reader tells no places, so they are looked up in the text."""

from __future__ import annotations

import re
import tomllib
from typing import TYPE_CHECKING, Any

from wishbone_cli.bootstrap.node import Node
from wishbone_cli.bootstrap.place import Place
from wishbone_cli.bootstrap.yaml_reader import DEEPEST, Unreadable

if TYPE_CHECKING:
    from collections.abc import Sequence

_KEY = r"(?:[A-Za-z0-9_-]+|\"[^\"\\]*\"|'[^']*')"
_DOTTED = rf"{_KEY}(?:\s*\.\s*{_KEY})*"
_HEADER = re.compile(rf"\s*(?P<brackets>\[\[?)\s*(?P<key>{_DOTTED})\s*\]")
_ASSIGNMENT = re.compile(rf"\s*(?P<key>{_DOTTED})\s*=\s*")
_WHERE = re.compile(r" \(at (line (?P<line>\d+), column (?P<column>\d+)|end of document)\)$")


def read_toml(text: str, file: str) -> Node:
    """Return what a text in TOML says.

    Raises:
        Unreadable: The text is no TOML.
    """
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        message = str(error)
        where = _WHERE.search(message)
        line, column = (where["line"], where["column"]) if where else (None, None)
        place = Place(file, int(line or text.count("\n") + 1), int(column or 1))
        raise Unreadable(place, f"This is no TOML: {_WHERE.sub('', message)}.") from None
    except RecursionError:
        raise _too_deep(Place(file)) from None
    return _node(content, (), _Places(text, file))


def _node(value: Any, path: tuple[object, ...], places: _Places) -> Node:
    place = places.find(path, value)
    if len(path) > DEEPEST:
        raise _too_deep(place)
    if isinstance(value, dict):
        content = {key: _node(item, (*path, key), places) for key, item in value.items()}
        return Node(content, place, {key: places.find((*path, key), key) for key in value})
    if isinstance(value, list):
        return Node([_node(item, (*path, index), places) for index, item in enumerate(value)], place)
    if isinstance(value, str | int | float):
        return Node(value, place)
    return Node(str(value), place)


def _too_deep(place: Place) -> Unreadable:
    return Unreadable(place, f"Values are nested deeper than {DEEPEST} levels: no bootstrap file needs that.")


class _Places:
    """Where keys stand: the lines that begin with a key, by the path to it."""

    def __init__(self, text: str, file: str) -> None:
        self.file = file
        self.lines = text.splitlines()
        self.known: dict[tuple[object, ...], Place] = {(): Place(file, 1, 1)}
        self._index()

    def find(self, path: Sequence[object], value: object) -> Place:
        """Return the place of a path: of the text there if it can be found, else of the nearest key."""
        known = tuple(path)
        while known not in self.known:
            known = known[:-1]
        place = self.known[known]
        if len(known) == len(path) or not isinstance(value, str):
            return place
        for number in range(place.line, len(self.lines) + 1):
            column = self.lines[number - 1].find(value)
            if value and column >= 0:
                return Place(self.file, number, column + 1)
        return place

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
        for length in range(1, len(path) + 1):
            self.known.setdefault(path[:length], Place(self.file, line, column + 1))


def _split(key: str) -> tuple[object, ...]:
    return tuple(part.strip("\"'") for part in re.findall(_KEY, key))
