"""Reads test cases out of what a file says, and notes what is wrong with their form."""

from __future__ import annotations

from math import inf
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wishbone.diagnostics.suggest import did_you_mean
from wishbone_testing.cases.case import Case, Step
from wishbone_testing.cases.read_event import read_events
from wishbone_testing.cases.read_pattern import PatternReader

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from wishbone_cli.bootstrap import Diagnostics, Node

STEP_KEYS = ("after", "end", "expect", "failures", "fail", "given", "settled", "stall")
CASE_KEYS = ("environment", "keep", "name", "replace", "then", *STEP_KEYS)
SETTLED = ("acknowledged", "failed", "pending")


class CaseReader:
    """Reads cases; what is wrong is told with its place."""

    def __init__(self, diagnostics: Diagnostics) -> None:
        """Prepare it.

        Args:
            diagnostics: Told what is wrong.
        """
        self.diagnostics = diagnostics

    def read(self, node: Node, path: Sequence[object]) -> Case | None:
        """Return the case that stands there, or None when it is none.

        Args:
            node: What stands in the section `tests`.
            path: Where.
        """
        before = len(self.diagnostics.found)
        if not self._is(dict, node, path, "a test case: a mapping with 'name', 'given' and 'expect'"):
            return None
        self._refuse_unknown(node, path, CASE_KEYS, "A test case")
        name = node.get("name")
        if name is None:
            self.diagnostics.add(node.location, path, "'name' is missing: say in words what the test shows.")
        named = self._value(name, str, [*path, "name"], "a text")
        case = Case(str(named), node.location, self._steps(node, path))
        case.environment = self._texts(node.get("environment"), [*path, "environment"])
        case.replace = self._names(node.get("replace"), [*path, "replace"])
        case.keep = self._names(node.get("keep"), [*path, "keep"]) or []
        if len(self.diagnostics.found) == before and not any(step.checks for step in case.steps):
            message = (
                "It checks nothing, and cannot fail: say in 'expect' what is to come out of which queue."
            )
            self.diagnostics.add(node.location, path, message)
        return case if len(self.diagnostics.found) == before else None

    def _steps(self, node: Node, path: Sequence[object]) -> list[Step]:
        steps = [self._step(node, path)]
        then = node.get("then")
        if then is not None and self._is(list, then, [*path, "then"], "a list of steps"):
            for index, item in enumerate(then.value):
                where = [*path, "then", index]
                if self._is(dict, item, where, "a step: a mapping with 'given', 'after' or 'expect'"):
                    self._refuse_unknown(item, where, STEP_KEYS, "A step")
                    steps.append(self._step(item, where))
        return steps

    def _step(self, node: Node, path: Sequence[object]) -> Step:
        step = Step(node.location)
        patterns = PatternReader(self.diagnostics, _folder(node))
        for queue, given in self._mapping(node, "given", path, "events by queue"):
            step.given[queue] = read_events(given, [*path, "given", queue], self.diagnostics, _folder(node))
        for queue, expected in self._mapping(node, "expect", path, "what is expected, by queue"):
            where = [*path, "expect", queue]
            step.expect[queue] = (patterns.read_list(expected, where), expected.location)
        for queue, times in self._mapping(node, "fail", path, "a number of events by queue"):
            step.fail[queue] = self._number(times, [*path, "fail", queue], int, "a number of events")
        step.stall = self._names(node.get("stall"), [*path, "stall"], "queues") or []
        after, end = node.get("after"), node.get("end")
        step.after = 0 if after is None else self._number(after, [*path, "after"], (int, float), "seconds")
        step.end = end is not None and bool(self._value(end, bool, [*path, "end"], "true or false"))
        failures = node.get("failures")
        if failures is not None:
            step.failures = patterns.read_list(failures, [*path, "failures"], partial=True)
        settled = node.get("settled")
        if settled is not None and self._is(dict, settled, [*path, "settled"], "numbers of events"):
            self._refuse_unknown(settled, [*path, "settled"], SETTLED, "What has settled")
            step.settled = patterns.read(settled, [*path, "settled"], partial=True)
        return step

    def _mapping(
        self, node: Node, key: str, path: Sequence[object], expected: str
    ) -> Iterable[tuple[str, Node]]:
        found = node.get(key)
        if found is None or not self._is(dict, found, [*path, key], expected):
            return []
        return [(str(name), item) for name, item in found.value.items()]

    def _number(self, node: Node, path: Sequence[object], kind: Any, expected: str) -> Any:
        value = self._value(node, kind, path, expected)
        if value is not None and not 0 <= value < inf:
            self.diagnostics.add(
                node.location, path, f"Expected {expected}, not less than 0. Found {node.shown}."
            )
        return value or 0

    def _texts(self, node: Node | None, path: Sequence[object]) -> dict[str, str]:
        if node is None or not self._is(dict, node, path, "environment variables by name"):
            return {}
        kinds = (str, int, float)
        return {
            str(name): str(self._value(item, kinds, [*path, name], "a text"))
            for name, item in node.value.items()
        }

    def _names(self, node: Node | None, path: Sequence[object], what: str = "modules") -> list[str] | None:
        if node is None or not self._is(list, node, path, f"a list of {what}"):
            return None
        return [
            str(self._value(item, str, [*path, index], "a name")) for index, item in enumerate(node.value)
        ]

    def _value(self, node: Node | None, kind: Any, path: Sequence[object], expected: str) -> Any:
        """Return the value if it is of a type, and otherwise note that it is not."""
        if node is None:
            return None
        fits = isinstance(node.value, kind) and (kind is bool or not isinstance(node.value, bool))
        if not fits and not node.invalid:
            self.diagnostics.add(node.location, path, f"Expected {expected}. Found {node.shown}.")
        return node.value if fits else None

    def _is(self, kind: type, node: Node, path: Sequence[object], expected: str) -> bool:
        if isinstance(node.value, kind):
            return True
        if not node.invalid:
            self.diagnostics.add(node.location, path, f"Expected {expected}. Found {node.shown}.")
        return False

    def _refuse_unknown(self, node: Node, path: Sequence[object], known: Iterable[str], what: str) -> None:
        for key in node.value:
            if key not in known:
                message = f"{what} has no {key!r}. {did_you_mean(str(key), known)}"
                self.diagnostics.add(node.keys[key], [*path, key], message)


def _folder(node: Node) -> Path:
    """Return the folder of the file that a node stands in: paths in it are relative to that."""
    return Path(node.location.file).parent
