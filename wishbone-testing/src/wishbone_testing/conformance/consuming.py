"""Conformance of modules that consume events."""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING, Any, ClassVar

from wishbone.event import Event
from wishbone_testing.conformance.cleanup import Cleanup
from wishbone_testing.conformance.module_under_test import fail
from wishbone_testing.conformance.poison import PoisonPayload, was_touched
from wishbone_testing.conformance.timeouts import HAND_SECONDS, comes_true
from wishbone_testing.settlement import Settlement

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wishbone_testing.harness import Harness

EVENTS = 5
"""Events to feed where one would do: the last event of a batch or a queue may be treated differently."""


class Consuming(Cleanup):
    """A module that consumes a queue."""

    inbox: ClassVar[str] = "inbox"
    """The queue that the tests feed."""

    good: ClassVar[Any] = "hello"
    """The payload of an event that the module accepts, and submits if it submits any."""

    def good_payload(self, number: int) -> Any:
        """Return the payload of the event with a number. Override it if payloads must differ."""
        del number
        return deepcopy(self.good)

    def bad_payload(self) -> Any:
        """Return a payload on which the module must fail; by default one that raises when it is used."""
        return PoisonPayload()

    def exercise(self, harness: Harness) -> None:
        """Feed a few events, and wait a moment for them to settle."""
        self.wait_for(self.feed_acknowledged(harness), HAND_SECONDS)

    def feed_acknowledged(self, harness: Harness, count: int = EVENTS) -> list[Settlement]:
        """Feed good events, and return their settlements."""
        return [harness.feed_acknowledged(self.good_payload(number), self.inbox) for number in range(count)]

    def test_settles_every_acknowledgement(self, given: dict[str, Any]) -> None:
        """Each event settles: when it is consumed, when the module stops, and when it is killed."""
        with self.run(given) as harness:
            settlements = self.feed_acknowledged(harness)
            self.wait_for(settlements)
            self.require_settled(settlements, "after they were consumed")
            self._require_success(harness.received("failed"))
        with self.run(given) as harness:
            settlements = self.feed_acknowledged(harness)
        self.require_settled(settlements, "after the module was stopped")
        with self.run(given) as harness:
            settlements = self.feed_acknowledged(harness)
            self.kill(harness)
        self.require_settled(settlements, "after the module was killed")

    def test_does_not_trap_errors(self, given: dict[str, Any]) -> None:
        """An event that the module cannot handle goes to `failed`, with its error."""
        payload = self.bad_payload()
        settlement = Settlement()
        with self.run(given) as harness:
            event = harness.feed(Event(payload, settlement), self.inbox)
            comes_true(lambda: settlement.errors or _is_in(event, harness.received("failed")), self.timeout)
            failed = _is_in(event, harness.received("failed"))
        if not failed and not self.may_pass_on(payload):
            fail(
                f"{self.name} traps errors: an event that it cannot handle did not go to 'failed': let the"
                " consumer raise; the engine notes the error and sends the event there."
            )

    def test_goes_on_after_a_bad_event(self, given: dict[str, Any]) -> None:
        """An event never stops those after it."""
        with self.run(given) as harness:
            harness.feed(self.bad_payload(), self.inbox)
            event = harness.feed(self.good_payload(0), self.inbox)
            succeeded = comes_true(lambda: _is_in(event, harness.received("success")), self.timeout)
        if not succeeded:
            fail(
                f"{self.name} does not go on after a bad event: the next one did not go to 'success': leave"
                " no state behind when an event fails, and raise only errors of that event."
            )

    def may_pass_on(self, payload: Any) -> bool:
        """Return whether the module may pass on a bad payload, because it does not use payloads."""
        return isinstance(payload, PoisonPayload) and not was_touched(payload)

    def kill(self, harness: Harness) -> None:
        """Kill the module once it has taken the events from its inbox."""
        comes_true(harness.module.pool.getQueue(self.inbox).empty, HAND_SECONDS)
        harness.stop(timeout=0)

    def wait_for(self, settlements: Sequence[Settlement], seconds: float | None = None) -> None:
        """Wait until all are settled, or the time is over."""
        limit = self.timeout if seconds is None else seconds
        comes_true(lambda: all(settlement.errors for settlement in settlements), limit)

    def require_settled(self, settlements: Sequence[Settlement], when: str) -> None:
        """Fail unless all are settled."""
        pending = sum(not settlement.errors for settlement in settlements)
        if pending:
            fail(
                f"{self.name} forgets acknowledgements: {pending} of {len(settlements)} events were not"
                f" settled {when}: release() what retain() took, in postHook with an error for what it still"
                " holds."
            )

    def _require_success(self, failed: Sequence[Event]) -> None:
        if failed:
            (error,) = failed[0].errors.values()
            fail(
                f"{self.name} failed on an event that it should accept ({error['message']}): set 'good' to a"
                " payload that it accepts."
            )


def _is_in(event: Event, events: Sequence[Event]) -> bool:
    return any(other is event or other.data is event.data for other in events)
