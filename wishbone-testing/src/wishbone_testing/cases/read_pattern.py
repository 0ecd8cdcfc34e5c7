"""Reads what a test expects: values as they are, and checks, which are mappings whose keys begin with `$`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from wishbone.diagnostics.suggest import did_you_mean
from wishbone_testing.cases import pattern as patterns
from wishbone_testing.cases.content import CONTENTS, read_content, read_lines

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from wishbone_cli.bootstrap import Diagnostics, Node
    from wishbone_testing.cases.pattern import Pattern

CHECKS = (
    "$absent",
    "$any",
    "$contains",
    "$count",
    "$equals",
    "$event",
    "$lines",
    "$matches",
    "$not",
    "$unordered",
    *CONTENTS,
)
FIELDS = ("data", "errors", "tags", "timestamp", "tmp", "ttl", "uuid")
_NOTHING = patterns.Equals(None)


class PatternReader:
    """Reads patterns; what is wrong is told with its place."""

    def __init__(self, diagnostics: Diagnostics, folder: Path) -> None:
        """Prepare it.

        Args:
            diagnostics: Told what is wrong.
            folder: What the paths of files are relative to.
        """
        self.diagnostics = diagnostics
        self.folder = folder

    def read_list(self, node: Node, path: Sequence[object], *, partial: bool = False) -> Pattern:
        """Return what is expected of the events out of a queue.

        Args:
            node: A list, or a check of a list.
            path: Where it stands.
            partial: Whether mappings in the list need only be part of what is there.
        """
        if isinstance(node.value, list):
            items = [
                self.read(item, [*path, index], partial=partial) for index, item in enumerate(node.value)
            ]
            return patterns.Items(items)
        if isinstance(node.value, dict) and node.value and all(key in CHECKS for key in node.value):
            return self.read(node, path, partial=partial)
        return self._refuse(node, path, "a list of events, or a check of a list such as {$count: 3}")

    def read(self, node: Node, path: Sequence[object], *, partial: bool = False) -> Pattern:
        """Return what is expected of a value.

        Args:
            node: What stands there.
            path: Where.
            partial: Whether a mapping need only be part of what is there.
        """
        if isinstance(node.value, list):
            return patterns.Items([self.read(item, [*path, index]) for index, item in enumerate(node.value)])
        if not isinstance(node.value, dict):
            return patterns.Equals(node.value)
        checks = [key for key in node.value if isinstance(key, str) and key.startswith("$")]
        if not checks:
            fields = {key: self.read(item, [*path, key]) for key, item in node.value.items()}
            return patterns.Fields(fields, partial)
        if len(checks) < len(node.value):
            other = next(key for key in node.value if key not in checks)
            message = (
                f"{checks[0]!r} is a check, and {other!r} beside it is none: write '$equals' before a mapping"
                " that is meant as it stands, or '$contains' before the part of it that is to be there."
            )
            self.diagnostics.add(node.keys[other], [*path, other], message)
            return _NOTHING
        found = [self._check(key, node, path) for key in checks]
        return found[0] if len(found) == 1 else patterns.All(found)

    def _check(self, name: str, node: Node, path: Sequence[object]) -> Pattern:
        if name not in CHECKS:
            message = (
                f"There is no check {name!r}. {did_you_mean(name, CHECKS)} Write '$equals' before a mapping"
                " that is meant as it stands."
            )
            self.diagnostics.add(node.keys[name], [*path, name], message)
            return _NOTHING
        where = [*path, name]
        if name in CONTENTS:
            content = read_content(name, node.value[name], where, self.diagnostics, self.folder)
            return patterns.Equals(content)
        read = getattr(self, f"_{name[1:]}")
        return read(node.value[name], where)  # type: ignore[no-any-return] # each of them returns a pattern

    def _equals(self, node: Node, _path: Sequence[object]) -> Pattern:
        return patterns.Equals(node.plain_value())

    def _contains(self, node: Node, path: Sequence[object]) -> Pattern:
        if isinstance(node.value, dict):
            return self.read(node, path, partial=True)
        if isinstance(node.value, list):
            return patterns.Unordered(self._items(node, path), partial=True)
        if isinstance(node.value, str):
            return patterns.Part(node.value)
        return self._refuse(node, path, "some keys of a mapping, some items of a list or a piece of a text")

    def _unordered(self, node: Node, path: Sequence[object]) -> Pattern:
        if not isinstance(node.value, list):
            return self._refuse(node, path, "a list")
        return patterns.Unordered(self._items(node, path))

    def _matches(self, node: Node, path: Sequence[object]) -> Pattern:
        if not isinstance(node.value, str):
            return self._refuse(node, path, "a regular expression")
        try:
            return patterns.Matches(re.compile(node.value))
        except re.error as error:
            self.diagnostics.add(node.location, path, f"This is no regular expression: {error}.")
            return _NOTHING

    def _count(self, node: Node, path: Sequence[object]) -> Pattern:
        if type(node.value) is not int or node.value < 0:
            return self._refuse(node, path, "a number")
        return patterns.Count(node.value)

    def _any(self, node: Node, path: Sequence[object]) -> Pattern:
        return patterns.Anything() if node.value is True else self._refuse(node, path, "true")

    def _absent(self, node: Node, path: Sequence[object]) -> Pattern:
        return patterns.Absent() if node.value is True else self._refuse(node, path, "true")

    def _not(self, node: Node, path: Sequence[object]) -> Pattern:
        return patterns.Not(self.read(node, path))

    def _lines(self, node: Node, path: Sequence[object]) -> Pattern:
        return patterns.Equals(read_lines(node, path, self.diagnostics, self.folder))

    def _event(self, node: Node, path: Sequence[object]) -> Pattern:
        if not isinstance(node.value, dict):
            return self._refuse(node, path, f"fields of an event: {', '.join(FIELDS)}")
        for key in node.value:
            if key not in FIELDS:
                message = f"An event has no {key!r}. {did_you_mean(str(key), FIELDS)}"
                self.diagnostics.add(node.keys[key], [*path, key], message)
        return patterns.OfEvent({key: self.read(item, [*path, key]) for key, item in node.value.items()})

    def _items(self, node: Node, path: Sequence[object]) -> list[Pattern]:
        return [self.read(item, [*path, index]) for index, item in enumerate(node.value)]

    def _refuse(self, node: Node, path: Sequence[Any], expected: str) -> Pattern:
        if not node.invalid:
            self.diagnostics.add(node.location, path, f"Expected {expected}. Found {node.shown}.")
        return _NOTHING
