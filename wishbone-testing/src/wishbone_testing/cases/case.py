"""Case and Step: what a test in YAML does and expects."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from wishbone_cli.bootstrap import SourceLocation
    from wishbone_testing.cases.pattern import Pattern


@dataclass
class Step:
    """Actions, in this order, and then expectations."""

    location: SourceLocation

    fail: dict[str, int] = field(default_factory=dict)
    """The number of next events on which the consumer of a queue fails, by queue."""

    stall: list[str] = field(default_factory=list)
    """Queues whose consumers are stalled until the end of the step."""

    given: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    """The fields of the events to feed, by queue."""

    after: float = 0
    """Seconds by which the clock moves."""

    end: bool = False
    """Whether the inputs end, so that the pipeline stops by itself."""

    expect: dict[str, tuple[Pattern, SourceLocation]] = field(default_factory=dict)
    """The events that left through a queue since the previous step, by queue."""

    failures: Pattern | None = None
    """The failures during this step; None if no event may be lost."""

    settled: Pattern | None = None
    """How many events of all steps are acknowledged, failed, or pending."""

    @property
    def checks(self) -> bool:
        """Whether it expects anything."""
        return bool(self.expect) or self.failures is not None or self.settled is not None


@dataclass
class Case:
    """A test with a pipeline of its own, in steps."""

    name: str
    location: SourceLocation
    steps: list[Step]

    environment: dict[str, str] = field(default_factory=dict)
    """Variables for the bootstrap file, in addition to those of the process."""

    replace: list[str] | None = None
    """The modules to replace; None for all inputs and outputs."""

    keep: list[str] = field(default_factory=list)
    """The inputs and outputs not to replace."""

    @property
    def observed(self) -> list[str]:
        """The queues whose events it checks."""
        return list(dict.fromkeys(queue for step in self.steps for queue in step.expect))
