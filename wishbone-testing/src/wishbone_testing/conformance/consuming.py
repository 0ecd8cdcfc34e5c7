"""Conformance of modules that take events: acknowledgements, failures, and going on."""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING, Any, ClassVar

from wishbone.event import Event
from wishbone_testing.conformance.closing import Closing
from wishbone_testing.conformance.patience import comes_true
from wishbone_testing.conformance.subject import refuse
from wishbone_testing.conformance.unreadable import Unreadable, was_touched
from wishbone_testing.settlement import Settlement

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wishbone_testing.harness import Harness

EVENTS = 5
"""How many events are fed where one would do: a batch or a queue may treat the last one otherwise."""

HAND_SECONDS = 0.2
"""Seconds that a module is given to take in hand what was fed, before it is killed."""


class Consuming(Closing):
    """A module that takes events from a queue."""

    inbox: ClassVar[str] = "inbox"
    """The queue that the tests feed."""

    good: ClassVar[Any] = "hello"
    """The payload of an event that the module takes, and brings out if it brings any out."""

    def good_payload(self, number: int) -> Any:
        """Return the payload of the next good event. Override it where no two may be alike.

        Args:
            number: How many came before it.
        """
        del number
        return deepcopy(self.good)

    def bad_payload(self) -> Any:
        """Return a payload that the module must fail on; by default one that raises when it is touched."""
        return Unreadable()

    def exercise(self, harness: Harness) -> None:
        """Feed a few events, and give them time to settle."""
        settlements = self.feed_acknowledged(harness)
        self.wait_for(settlements, HAND_SECONDS)

    def feed_acknowledged(self, harness: Harness, count: int = EVENTS) -> list[Settlement]:
        """Feed good events, and return what becomes of them."""
        return [harness.feed_acknowledged(self.good_payload(number), self.inbox) for number in range(count)]

    def test_settles_every_acknowledgement(self, given: dict[str, Any]) -> None:
        """Each event is settled: when it went well, when the module is stopped, and when it is killed."""
        with self.run(given) as harness:
            settlements = self.feed_acknowledged(harness)
            self.wait_for(settlements)
            self.require_settled(settlements, "after they were consumed")
            self._require_success(harness.received("failed"))
        with self.run(given) as harness:
            settlements = self.feed_acknowledged(harness)
        self.require_settled(settlements, "when the module had been stopped")
        with self.run(given) as harness:
            settlements = self.feed_acknowledged(harness)
            inbox = harness.module.pool.getQueue(self.inbox)
            comes_true(inbox.empty, HAND_SECONDS)
            harness.stop(timeout=0)
        self.require_settled(settlements, "when the module had been killed")

    def test_does_not_trap_errors(self, given: dict[str, Any]) -> None:
        """An event that the module cannot handle comes out by `failed`, with its error."""
        payload = self.bad_payload()
        settlement = Settlement()
        with self.run(given) as harness:
            event = harness.feed(Event(payload, settlement), self.inbox)
            comes_true(lambda: settlement.errors or _is_in(event, harness.received("failed")), self.patience)
            failed = _is_in(event, harness.received("failed"))
        if not failed and not self.may_pass_on(payload):
            refuse(
                f"{self.name} traps errors: an event that it cannot handle did not come out by 'failed': let"
                " the consumer raise, and the engine notes the error and sends the event there."
            )

    def test_goes_on_after_a_bad_event(self, given: dict[str, Any]) -> None:
        """One event never stops the others."""
        with self.run(given) as harness:
            harness.feed(self.bad_payload(), self.inbox)
            event = harness.feed(self.good_payload(0), self.inbox)
            succeeded = comes_true(lambda: _is_in(event, harness.received("success")), self.patience)
        if not succeeded:
            refuse(
                f"{self.name} does not go on after a bad event: the next one did not come out by 'success':"
                " leave nothing half done when an event fails, and raise only errors of that event."
            )

    def may_pass_on(self, payload: Any) -> bool:
        """Return whether the module may let a bad payload through: it never looked at it."""
        return isinstance(payload, Unreadable) and not was_touched(payload)

    def wait_for(self, settlements: Sequence[Settlement], seconds: float | None = None) -> None:
        """Wait until all are settled, but not without end.

        Args:
            settlements: What becomes of each event.
            seconds: How long; as long as the suite is patient, if it is not given.
        """
        limit = self.patience if seconds is None else seconds
        comes_true(lambda: all(settlement.errors for settlement in settlements), limit)

    def require_settled(self, settlements: Sequence[Settlement], when: str) -> None:
        """Fail unless each was settled.

        Args:
            settlements: What became of each event.
            when: After what, in words.
        """
        open_ = sum(not settlement.errors for settlement in settlements)
        if open_:
            refuse(
                f"{self.name} forgets acknowledgements: {open_} of {len(settlements)} events were not settled"
                f" {when}: release() what retain() took, in postHook with an error for what is still held."
            )

    def _require_success(self, failed: Sequence[Event]) -> None:
        if failed:
            (error,) = failed[0].errors.values()
            refuse(
                f"{self.name} failed on an event that it should take ({error['message']}): give the payload"
                " of one that it takes as 'good'."
            )


def _is_in(event: Event, events: Sequence[Event]) -> bool:
    return any(other is event or other.data is event.data for other in events)
