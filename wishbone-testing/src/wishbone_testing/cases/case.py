"""Case and Step: what a test in YAML does, and what it expects."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from wishbone_cli.bootstrap import SourceLocation
    from wishbone_testing.cases.pattern import Pattern


@dataclass
class Step:
    """One step: what is done, in this order, and then what is expected.

    Args:
        location: Where it stands.
        fail: On how many of the next events the consumer of a queue fails, by queue.
        stall: Queues that nobody takes events out of until the step is over.
        given: The fields of the events to feed, by queue.
        after: Seconds to move the clock.
        end: Whether the inputs end, and the pipeline stops by itself.
        expect: What came out of queues since they were last looked at, with the place of each.
        failures: On which events modules failed in this step, or None where none may be lost.
        settled: How many of the events fed so far are acknowledged, failed, or pending.
    """

    location: SourceLocation
    fail: dict[str, int] = field(default_factory=dict)
    stall: list[str] = field(default_factory=list)
    given: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    after: float = 0
    end: bool = False
    expect: dict[str, tuple[Pattern, SourceLocation]] = field(default_factory=dict)
    failures: Pattern | None = None
    settled: Pattern | None = None

    @property
    def checks(self) -> bool:
        """Whether it expects anything."""
        return bool(self.expect) or self.failures is not None or self.settled is not None


@dataclass
class Case:
    """One test: a pipeline of its own, and steps.

    Args:
        name: What it shows, in words.
        location: Where it stands.
        steps: What happens.
        environment: The variables that the bootstrap file refers to, beside those of the process.
        replace: The modules to replace; each input and output, if it is None.
        keep: Inputs and outputs that are not to be replaced.
    """

    name: str
    location: SourceLocation
    steps: list[Step]
    environment: dict[str, str] = field(default_factory=dict)
    replace: list[str] | None = None
    keep: list[str] = field(default_factory=list)

    @property
    def observed(self) -> list[str]:
        """The queues that it looks at."""
        return list(dict.fromkeys(queue for step in self.steps for queue in step.expect))
