"""Runs a test case with a pipeline and a clock of its own."""

from __future__ import annotations

import os
from collections import Counter
from contextlib import ExitStack, suppress
from typing import TYPE_CHECKING, Any, NamedTuple

import gevent
from gevent import Greenlet, Timeout

from wishbone.diagnostics.describe import describe
from wishbone.error import WishboneError
from wishbone.event import Event
from wishbone_testing.cases.diff import diff
from wishbone_testing.cases.pattern import plain
from wishbone_testing.clock import VirtualClock
from wishbone_testing.pipeline import Pipeline
from wishbone_testing.settlement import Settlement
from wishbone_testing.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from wishbone_cli.bootstrap import SourceLocation
    from wishbone_testing.cases.case import Case, Step
    from wishbone_testing.cases.pattern import Pattern
    from wishbone_testing.failure import Failure

IO_SECONDS = 2.0
"""Real seconds that a step waits for sockets, threads and processes."""

END_SECONDS = 60.0
"""Virtual seconds in which a pipeline must start, and stop when its inputs have ended."""


class Mismatch(NamedTuple):
    """An expectation of a case that was not met."""

    location: SourceLocation
    message: str
    diff: str = ""


def run(case: Case, configs: Sequence[str], hide: Callable[[str], str] = str) -> list[Mismatch]:
    """Run a case.

    Args:
        case: The case.
        configs: The bootstrap files, and folders of them.
        hide: Removes secrets from a text before it is shortened: half a secret could not be recognized.

    Returns:
        The mismatches; none if the case has passed.
    """
    runner = _CaseRunner(case, hide)
    try:
        with VirtualClock() as runner.clock:
            runner.run(configs)
    except (WishboneError, AssertionError) as error:
        runner.report(runner.location, str(error))
    return runner.mismatches


class _CaseRunner:
    clock: VirtualClock
    pipeline: Pipeline

    def __init__(self, case: Case, hide: Callable[[str], str]) -> None:
        self.case = case
        self.hide = hide
        self.location = case.location
        self.mismatches: list[Mismatch] = []
        self.settlements: list[Settlement] = []
        self.checked: Counter[str] = Counter()
        self.checked_failures = 0
        self.feeding: Greenlet[..., Any] = Greenlet()

    def report(self, location: SourceLocation, message: str, difference: str = "") -> None:
        self.mismatches.append(Mismatch(location, message, difference))

    def run(self, configs: Sequence[str]) -> None:
        case = self.case
        self.pipeline = Pipeline(
            *configs,
            replace=case.replace,
            keep=case.keep,
            observe=[queue for queue in case.observed if "." in queue],
            environment={**os.environ, **case.environment},
        )
        with ExitStack() as running:
            with Timeout(END_SECONDS, AssertionError(f"It did not start within {END_SECONDS:g} s.")):
                running.enter_context(self.pipeline)
            try:
                for step in case.steps:
                    self.location = step.location
                    self._run_step(step)
            finally:
                self.feeding.kill()

    def _run_step(self, step: Step) -> None:
        with ExitStack() as stalls:
            for queue in step.stall:
                stalls.enter_context(self.pipeline.stalled(queue))
            self._act(step)
            for queue, (pattern, location) in step.expect.items():
                events = self.pipeline.received(queue)
                new = events[self.checked[queue] :]
                self.checked[queue] = len(events)
                self._compare(f"Unexpected events from '{queue}'.", pattern, location, new)
            self._check_failures(step)
            if step.settled is not None:
                counts = Counter(_state(settlement) for settlement in self.settlements)
                found = {state: counts[state] for state in ("acknowledged", "failed", "pending")}
                self._compare("The events did not settle as expected.", step.settled, step.location, found)

    def _act(self, step: Step) -> None:
        for queue, times in step.fail.items():
            self.pipeline.fail_next(queue, times)
        for queue in step.given:
            self.pipeline.entrance(queue)
        self.feeding = gevent.spawn(self._feed, step, self.feeding)
        self._let_run()
        self.clock.advance(step.after)
        if step.end:
            self.feeding.join(END_SECONDS)
            if not self.feeding.ready():
                message = f"The queues had no room for all given events within {END_SECONDS:g} s."
                raise AssertionError(message)
            self.pipeline.end(END_SECONDS)
        self._let_run()

    def _feed(self, step: Step, previous: Greenlet[..., Any]) -> None:
        """Feed the events of a step after those of the previous one, which may still wait for room."""
        if previous:
            previous.join()
        for queue, given in step.given.items():
            for fields in given:
                settlement = Settlement()
                self.settlements.append(settlement)
                self.pipeline.feed(Event(acknowledgement=settlement).slurp(fields), queue)

    def _let_run(self) -> None:
        """Let all greenlets run, and give real modules some real time for I/O."""
        self.clock.settle()
        with suppress(AssertionError):
            wait_until(lambda: not self.clock.waits_for_io or self.pipeline.is_idle(), timeout=IO_SECONDS)

    def _check_failures(self, step: Step) -> None:
        new = self.pipeline.failures[self.checked_failures :]
        self.checked_failures += len(new)
        if step.failures is not None:
            found = [_as_dict(failure) for failure in new]
            self._compare("Modules did not fail as expected.", step.failures, step.location, found)
            return
        for failure in new:
            if failure.lost and f"{failure.module}.failed" not in step.expect:
                message = (
                    f"The module '{failure.module}' failed on an event, and 'failures' does not expect it:"
                    f" {describe(failure.error)}"
                )
                data = self.hide(repr(plain(failure.event.data)))
                self.report(step.location, f"{message} The event: {data:.200}")

    def _compare(self, message: str, pattern: Pattern, location: SourceLocation, found: Any) -> None:
        result = pattern.match(found)
        if not result.matches:
            self.report(location, message, diff(result.expected, result.found))


def _as_dict(failure: Failure) -> dict[str, Any]:
    return {
        "module": failure.module,
        "type": type(failure.error).__name__,
        "message": str(failure.error),
        "data": plain(failure.event.data),
    }


def _state(settlement: Settlement) -> str:
    if not settlement.errors:
        return "pending"
    return "acknowledged" if settlement.acknowledged else "failed"
