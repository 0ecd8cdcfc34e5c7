"""Runs a test case: a pipeline of its own, time in its hands, step after step."""

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
from wishbone_testing.cases.difference import difference
from wishbone_testing.cases.pattern import judge, plain
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

REAL_SECONDS = 2.0
"""Seconds of the machine that a step waits for what sockets, threads and processes bring."""

END_SECONDS = 60.0
"""Seconds of the clock that a pipeline is given to start, and to stop when its inputs have ended."""


class Complaint(NamedTuple):
    """What was not as a case expects."""

    location: SourceLocation
    message: str
    difference: str = ""


def run(case: Case, configs: Sequence[str], hide: Callable[[str], str] = str) -> list[Complaint]:
    """Run a case.

    Args:
        case: The case.
        configs: The bootstrap files, and folders of them.
        hide: Takes secrets out of a text: before it is cut, as half a secret is found by nobody.

    Returns:
        Everything that was not as expected; nothing if the case has passed.
    """
    runner = _Runner(case, hide)
    try:
        with VirtualClock() as clock:
            runner.run(configs, clock)
    except (WishboneError, AssertionError) as error:
        runner.complain(runner.location, str(error))
    return runner.complaints


class _Runner:
    def __init__(self, case: Case, hide: Callable[[str], str]) -> None:
        self.case = case
        self.hide = hide
        self.location = case.location
        self.complaints: list[Complaint] = []
        self.settlements: list[Settlement] = []
        self.looked: Counter[str] = Counter()
        self.failures_looked = 0
        self.feeding: Greenlet[..., Any] = Greenlet()

    def complain(self, location: SourceLocation, message: str, difference: str = "") -> None:
        """Note what is wrong."""
        self.complaints.append(Complaint(location, message, difference))

    def run(self, configs: Sequence[str], clock: VirtualClock) -> None:
        """Run the steps, in a pipeline that is stopped afterwards."""
        case = self.case
        environment = {**os.environ, **case.environment}
        pipeline = Pipeline(
            *configs,
            replace=case.replace,
            keep=case.keep,
            observe=[queue for queue in case.observed if "." in queue],
            environment=environment,
        )
        with ExitStack() as running:
            with Timeout(END_SECONDS, AssertionError(f"It did not start within {END_SECONDS:g} s.")):
                running.enter_context(pipeline)
            try:
                for step in case.steps:
                    self.location = step.location
                    self._take(step, pipeline, clock)
            finally:
                self.feeding.kill()

    def _take(self, step: Step, pipeline: Pipeline, clock: VirtualClock) -> None:
        with ExitStack() as stalls:
            for queue in step.stall:
                stalls.enter_context(pipeline.stalled(queue))
            self._act(step, pipeline, clock)
            self._check(step, pipeline)

    def _act(self, step: Step, pipeline: Pipeline, clock: VirtualClock) -> None:
        for queue, times in step.fail.items():
            pipeline.fail_next(queue, times)
        for queue in step.given:
            pipeline.entrance(queue)
        self.feeding = gevent.spawn(self._feed, step, pipeline, self.feeding)
        self._let_run(pipeline, clock)
        clock.advance(step.after)
        if step.end:
            self.feeding.join(END_SECONDS)
            if not self.feeding.ready():
                message = f"What was given did not find room in the queues within {END_SECONDS:g} s."
                raise AssertionError(message)
            pipeline.end(END_SECONDS)
        self._let_run(pipeline, clock)

    def _feed(self, step: Step, pipeline: Pipeline, before: Greenlet[..., Any]) -> None:
        """Feed the events of a step, after those of the step before: who feeds may have to wait for room."""
        if before:
            before.join()
        for queue, given in step.given.items():
            for fields in given:
                settlement = Settlement()
                self.settlements.append(settlement)
                pipeline.feed(Event(acknowledgement=settlement).slurp(fields), queue)

    def _let_run(self, pipeline: Pipeline, clock: VirtualClock) -> None:
        """Let everybody run, and give the world outside some time to answer a module that is real."""
        clock.settle()
        with suppress(AssertionError):
            wait_until(lambda: not clock.world_awaited or pipeline.comes_to_rest(), timeout=REAL_SECONDS)

    def _check(self, step: Step, pipeline: Pipeline) -> None:
        for queue, (pattern, location) in step.expect.items():
            events = pipeline.received(queue)
            new = events[self.looked[queue] :]
            self.looked[queue] = len(events)
            self._compare(f"Out of '{queue}' came not what was expected", pattern, location, new)
        self._check_failures(step, pipeline)
        if step.settled is not None:
            counts = Counter(_state(settlement) for settlement in self.settlements)
            found = {state: counts[state] for state in ("acknowledged", "failed", "pending")}
            self._compare("The events settled not as expected", step.settled, step.location, found)

    def _check_failures(self, step: Step, pipeline: Pipeline) -> None:
        new = pipeline.failures[self.failures_looked :]
        self.failures_looked += len(new)
        if step.failures is not None:
            found = [_described(failure) for failure in new]
            self._compare("Modules failed not as expected", step.failures, step.location, found)
            return
        for failure in new:
            if failure.lost and f"{failure.module}.failed" not in step.expect:
                message = (
                    f"The module '{failure.module}' failed on an event, and nobody expects it in 'failures':"
                    f" {describe(failure.error)}"
                )
                data = self.hide(repr(plain(failure.event.data)))
                self.complain(step.location, f"{message} The event: {data:.200}")

    def _compare(self, message: str, pattern: Pattern, location: SourceLocation, found: Any) -> None:
        verdict = judge(pattern, found)
        if not verdict.fits:
            self.complain(location, f"{message}.", difference(verdict.expected, verdict.found))


def _described(failure: Failure) -> dict[str, Any]:
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
