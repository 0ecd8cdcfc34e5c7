"""Conformance: when the module has stopped, nothing of it is left."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wishbone_testing.conformance.leftovers import (
    describe_greenlet,
    descriptors,
    greenlets,
    threads,
)
from wishbone_testing.conformance.patience import remains
from wishbone_testing.conformance.subject import Subject, refuse

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from wishbone_testing.harness import Harness


class Closing(Subject):
    """What `preHook` opens, `postHook` closes."""

    def exercise(self, harness: Harness) -> None:
        """Let the module do what it does, for a moment. Each suite has its own."""
        raise NotImplementedError

    def test_closes_what_it_opened(self, given: dict[str, Any]) -> None:
        """No file, socket or pipe stays open, and no thread waits for more."""
        left = self._left_by_a_life(given, lambda: {*descriptors(), *threads()})
        if left:
            refuse(f"{self.name} leaves {left.pop()} behind: close in postHook what preHook opened.")

    def test_leaves_no_greenlet(self, given: dict[str, Any]) -> None:
        """Nothing that it started goes on."""
        left = self._left_by_a_life(given, greenlets)
        if left:
            refuse(
                f"{self.name} leaves a greenlet behind: {describe_greenlet(left.pop())}: start it with"
                " sendToBackground and let it end when loop() is false, or kill it in postHook."
            )

    def _left_by_a_life(self, given: Mapping[str, Any], look: Callable[[], set[Any]]) -> set[Any]:
        """Return what the module leaves behind, beside what stays for good after a first time."""
        self._live(given)
        before = look()
        self._live(given)
        return remains(lambda: look() - before, self.patience)

    def _live(self, given: Mapping[str, Any]) -> None:
        with self.run(given) as harness:
            self.exercise(harness)
