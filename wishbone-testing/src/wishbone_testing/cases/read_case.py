"""Reads test cases, and reports mistakes in them."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING, Any

from wishbone_testing.cases.case import Case, Step
from wishbone_testing.cases.read_event import read_events
from wishbone_testing.cases.read_pattern import PatternReader

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wishbone_cli.bootstrap import Diagnostics, Node
    from wishbone_testing.cases.reader import KeyPath

STEP_KEYS = ("after", "end", "expect", "failures", "fail", "given", "settled", "stall")
CASE_KEYS = ("environment", "keep", "name", "replace", "then", *STEP_KEYS)
SETTLED = ("acknowledged", "failed", "pending")


def read_case(node: Node, path: KeyPath, diagnostics: Diagnostics) -> Case | None:
    """Return the case that a node of the section `tests` describes, or None if it has mistakes."""
    before = len(diagnostics.found)
    case = _CaseReader(node, diagnostics).read_case(node, path)
    if case is not None and len(diagnostics.found) == before and not any(step.checks for step in case.steps):
        message = "It checks nothing, so it cannot fail: describe in 'expect' the events to receive."
        diagnostics.add(node.location, path, message)
    return case if len(diagnostics.found) == before else None


class _CaseReader(PatternReader):
    def read_case(self, node: Node, path: KeyPath) -> Case | None:
        if not self.is_of(dict, node, path, "a test case: a mapping with 'name', 'given' and 'expect'"):
            return None
        self.check_keys(node, path, CASE_KEYS, "A test case")
        name = node.get("name")
        if name is None:
            self.diagnostics.add(node.location, path, "'name' is missing: say what the test shows.")
        named = self._value(name, str, [*path, "name"], "a text")
        case = Case(str(named), node.location, [self._step(node, path), *self._further_steps(node, path)])
        case.environment = self._texts(node.get("environment"), [*path, "environment"])
        case.replace = self._names(node.get("replace"), [*path, "replace"])
        case.keep = self._names(node.get("keep"), [*path, "keep"]) or []
        return case

    def _further_steps(self, node: Node, path: KeyPath) -> Iterable[Step]:
        then, path = node.get("then"), [*path, "then"]
        if then is None or not self.is_of(list, then, path, "a list of steps"):
            return
        for index, item in enumerate(then.value):
            where = [*path, index]
            if self.is_of(dict, item, where, "a step: a mapping with 'given', 'after' or 'expect'"):
                self.check_keys(item, where, STEP_KEYS, "A step")
                yield self._step(item, where)

    def _step(self, node: Node, path: KeyPath) -> Step:
        step = Step(node.location)
        for queue, given in self._by_queue(node, "given", path, "events by queue"):
            step.given[queue] = read_events(given, [*path, "given", queue], self.diagnostics)
        for queue, expected in self._by_queue(node, "expect", path, "events by queue"):
            where = [*path, "expect", queue]
            step.expect[queue] = (self.read_list(expected, where), expected.location)
        for queue, times in self._by_queue(node, "fail", path, "a number of events by queue"):
            step.fail[queue] = self._number(times, [*path, "fail", queue], int, "a number of events")
        step.stall = self._names(node.get("stall"), [*path, "stall"], "queues") or []
        step.after = self._number(node.get("after"), [*path, "after"], (int, float), "seconds")
        step.end = bool(self._value(node.get("end"), bool, [*path, "end"], "true or false"))
        failures = node.get("failures")
        if failures is not None:
            step.failures = self.read_list(failures, [*path, "failures"], partial=True)
        settled, where = node.get("settled"), [*path, "settled"]
        if settled is not None and self.is_of(dict, settled, where, "numbers of events"):
            self.check_keys(settled, where, SETTLED, "'settled'")
            step.settled = self.read(settled, where, partial=True)
        return step

    def _by_queue(self, node: Node, key: str, path: KeyPath, expected: str) -> Iterable[tuple[str, Node]]:
        found = node.get(key)
        if found is None or not self.is_of(dict, found, [*path, key], expected):
            return []
        return [(str(name), item) for name, item in found.value.items()]

    def _number(self, node: Node | None, path: KeyPath, kind: Any, expected: str) -> Any:
        value = self._value(node, kind, path, expected)
        if node is not None and value is not None and not 0 <= value < inf:
            self.expected(f"{expected}, not less than 0", node, path)
        return value or 0

    def _texts(self, node: Node | None, path: KeyPath) -> dict[str, str]:
        if node is None or not self.is_of(dict, node, path, "environment variables by name"):
            return {}
        kinds = (str, int, float)
        return {
            str(name): str(self._value(item, kinds, [*path, name], "a text"))
            for name, item in node.value.items()
        }

    def _names(self, node: Node | None, path: KeyPath, what: str = "modules") -> list[str] | None:
        if node is None or not self.is_of(list, node, path, f"a list of {what}"):
            return None
        return [
            str(self._value(item, str, [*path, index], "a name")) for index, item in enumerate(node.value)
        ]

    def _value(self, node: Node | None, kind: Any, path: KeyPath, expected: str) -> Any:
        """Return the value of a node if it is of a type. Otherwise report it, and return None."""
        if node is None:
            return None
        if isinstance(node.value, kind) and (kind is bool or not isinstance(node.value, bool)):
            return node.value
        self.expected(expected, node, path)
        return None
