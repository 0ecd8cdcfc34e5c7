"""Conformance: a stopped module leaves nothing behind."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wishbone_testing.conformance.leaks import describe_greenlet, descriptors, greenlets, threads
from wishbone_testing.conformance.module_under_test import ModuleUnderTest, fail
from wishbone_testing.conformance.timeouts import remains

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from wishbone_testing.harness import Harness


class Cleanup(ModuleUnderTest):
    """`postHook` closes what `preHook` opened."""

    def exercise(self, harness: Harness) -> None:
        """Let the module work for a moment. Each suite has its own way."""
        raise NotImplementedError

    def test_closes_what_it_opened(self, given: dict[str, Any]) -> None:
        """No file, socket, pipe or thread is left."""
        left = self._left_by_a_run(given, lambda: {*descriptors(), *threads()})
        if left:
            fail(f"{self.name} leaves {left.pop()} behind: close in postHook what preHook opened.")

    def test_leaves_no_greenlet(self, given: dict[str, Any]) -> None:
        """No greenlet is left."""
        left = self._left_by_a_run(given, greenlets)
        if left:
            fail(
                f"{self.name} leaves a greenlet behind: {describe_greenlet(left.pop())}: start it with"
                " sendToBackground and let it end when loop() is false, or kill it in postHook."
            )

    def _left_by_a_run(self, given: Mapping[str, Any], look: Callable[[], set[Any]]) -> set[Any]:
        """Return what a second run leaves: a first one may open what the process keeps."""
        self._run_once(given)
        before = look()
        self._run_once(given)
        return remains(lambda: look() - before, self.timeout)

    def _run_once(self, given: Mapping[str, Any]) -> None:
        with self.run(given) as harness:
            self.exercise(harness)
