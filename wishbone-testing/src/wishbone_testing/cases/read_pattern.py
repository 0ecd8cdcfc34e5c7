"""Reads what a test expects: values, and checks, which are mappings whose keys begin with `$`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from wishbone.diagnostics.suggest import did_you_mean
from wishbone_testing.cases import pattern as patterns
from wishbone_testing.cases.reader import CONTENTS, Reader

if TYPE_CHECKING:
    from wishbone_cli.bootstrap import Node
    from wishbone_testing.cases.pattern import Pattern
    from wishbone_testing.cases.reader import KeyPath

FIELDS = ("data", "errors", "tags", "timestamp", "tmp", "ttl", "uuid")
_INVALID = patterns.Equals(None)


class PatternReader(Reader):
    """Reads patterns."""

    def read_list(self, node: Node, path: KeyPath, *, partial: bool = False) -> Pattern:
        """Read what is expected of a list of events: a list, or a check of a list.

        With `partial`, a mapping in the list matches if it is part of the value.
        """
        if isinstance(node.value, list):
            items = [
                self.read(item, [*path, index], partial=partial) for index, item in enumerate(node.value)
            ]
            return patterns.Items(items)
        if isinstance(node.value, dict) and node.value and all(key in CHECKS for key in node.value):
            return self.read(node, path, partial=partial)
        return self._invalid("a list of events, or a check of a list such as {$count: 3}", node, path)

    def read(self, node: Node, path: KeyPath, *, partial: bool = False) -> Pattern:
        """Read what is expected of a value. With `partial`, a mapping matches if it is part of the value."""
        if isinstance(node.value, list):
            return patterns.Items(self._items(node, path))
        if not isinstance(node.value, dict):
            return patterns.Equals(node.value)
        checks = [key for key in node.value if isinstance(key, str) and key.startswith("$")]
        if not checks:
            return patterns.Fields(self._fields(node, path), partial)
        if len(checks) < len(node.value):
            other = next(key for key in node.value if key not in checks)
            message = (
                f"{checks[0]!r} is a check, but {other!r} next to it is not: put '$equals' before a mapping"
                " to take it literally, or '$contains' before the part of it that must be there."
            )
            self.diagnostics.add(node.keys[other], [*path, other], message)
            return _INVALID
        found = [self._check(key, node, path) for key in checks]
        return found[0] if len(found) == 1 else patterns.All(found)

    def _check(self, name: str, node: Node, path: KeyPath) -> Pattern:
        path, item = [*path, name], node.value[name]
        if name in CONTENTS:
            return patterns.Equals(self.content(name, item, path))
        if name in CHECKS:
            read = getattr(self, f"_{name[1:]}")
            return read(item, path)  # type: ignore[no-any-return] # each of them returns a pattern
        message = (
            f"There is no check {name!r}. {did_you_mean(name, CHECKS)} Put '$equals' before a mapping to take"
            " it literally."
        )
        self.diagnostics.add(node.keys[name], path, message)
        return _INVALID

    def _equals(self, node: Node, _path: KeyPath) -> Pattern:
        return patterns.Equals(node.plain_value())

    def _contains(self, node: Node, path: KeyPath) -> Pattern:
        if isinstance(node.value, dict):
            return self.read(node, path, partial=True)
        if isinstance(node.value, list):
            return patterns.Unordered(self._items(node, path), partial=True)
        if isinstance(node.value, str):
            return patterns.Substring(node.value)
        return self._invalid("keys of a mapping, items of a list, or part of a text", node, path)

    def _unordered(self, node: Node, path: KeyPath) -> Pattern:
        if not isinstance(node.value, list):
            return self._invalid("a list", node, path)
        return patterns.Unordered(self._items(node, path))

    def _matches(self, node: Node, path: KeyPath) -> Pattern:
        if not isinstance(node.value, str):
            return self._invalid("a regular expression", node, path)
        try:
            return patterns.Regex(re.compile(node.value))
        except re.error as error:
            self.diagnostics.add(node.location, path, f"Not a valid regular expression: {error}.")
            return _INVALID

    def _count(self, node: Node, path: KeyPath) -> Pattern:
        if type(node.value) is not int or node.value < 0:
            return self._invalid("a number", node, path)
        return patterns.Count(node.value)

    def _any(self, node: Node, path: KeyPath) -> Pattern:
        return patterns.Anything() if node.value is True else self._invalid("true", node, path)

    def _absent(self, node: Node, path: KeyPath) -> Pattern:
        return patterns.Absent() if node.value is True else self._invalid("true", node, path)

    def _not(self, node: Node, path: KeyPath) -> Pattern:
        return patterns.Not(self.read(node, path))

    def _lines(self, node: Node, path: KeyPath) -> Pattern:
        return patterns.Equals(self.lines(node, path))

    def _event(self, node: Node, path: KeyPath) -> Pattern:
        if not isinstance(node.value, dict):
            return self._invalid(f"fields of an event: {', '.join(FIELDS)}", node, path)
        self.check_keys(node, path, FIELDS, "An event")
        return patterns.EventFields(self._fields(node, path))

    def _items(self, node: Node, path: KeyPath) -> list[Pattern]:
        return [self.read(item, [*path, index]) for index, item in enumerate(node.value)]

    def _fields(self, node: Node, path: KeyPath) -> dict[str, Pattern]:
        return {key: self.read(item, [*path, key]) for key, item in node.value.items()}

    def _invalid(self, expected: str, node: Node, path: KeyPath) -> Pattern:
        self.expected(expected, node, path)
        return _INVALID


CHECKS = (
    *("$absent", "$any", "$contains", "$count", "$equals", "$event", "$lines", "$matches", "$not"),
    *("$unordered", *CONTENTS),
)
