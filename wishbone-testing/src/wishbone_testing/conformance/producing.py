"""Conformance of modules that bring events in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import gevent

from wishbone._engine.backpressure import blocked_on
from wishbone_testing.conformance.backpressure import SIZE, BlockedSink
from wishbone_testing.conformance.cleanup import Cleanup
from wishbone_testing.conformance.leaks import acknowledgements, unsettled
from wishbone_testing.conformance.module_under_test import fail
from wishbone_testing.conformance.timeouts import STOP_SECONDS, comes_true, final, remains

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from wishbone.acknowledgement import Acknowledgement
    from wishbone.event import Event
    from wishbone.queue import Queue
    from wishbone_testing.harness import Harness


class Producing(Cleanup):
    """A module that brings events in, by itself or when a peer sends them."""

    producers: ClassVar[int] = 10
    """The number of events that may wait for room at once: one per connection that the tests open."""

    def provoke(self, harness: Harness) -> None:
        """Make a peer send more than two events. Override it unless events come by themselves.

        `harness.module` may know the port to send to.
        """

    def provoke_bad(self, harness: Harness) -> None:
        """Make a peer send something that the module cannot read. Override it if that is possible."""

    def break_peer(self) -> None:
        """Make the peer fail: close connections and refuse new ones. Override it."""

    def exercise(self, harness: Harness) -> None:
        """Wait for a first event."""
        self.provoke(harness)
        comes_true(lambda: self._received(harness) or harness.finished.is_set(), self.timeout)

    def test_brings_events_in(self, given: dict[str, Any]) -> None:
        """Events leave through its queues."""
        with self.run(given) as harness:
            self.exercise(harness)
            received = self._received(harness)
            messages = harness.messages()
        if not received:
            fail(
                f"{self.name} brought no events in (logs: {messages}): set arguments with which it does, or"
                " override provoke()."
            )

    def test_settles_every_acknowledgement(self, given: dict[str, Any]) -> None:
        """No acknowledgement is pending after the module is stopped or killed."""
        for timeout, how in ((STOP_SECONDS, "stopped"), (0.0, "killed")):
            with acknowledgements() as made, self.run(given) as harness:
                self.exercise(harness)
                harness.stop(timeout)
            self._require_settled(made, f"after the module was {how}")

    def test_settles_every_acknowledgement_when_its_peer_fails(self, given: dict[str, Any]) -> None:
        """No acknowledgement is pending even if the peer fails."""
        self.require_hook(Producing, "break_peer")
        with acknowledgements() as made, self.run(given) as harness:
            self.exercise(harness)
            self.break_peer()
            harness.stop(STOP_SECONDS)
        self._require_settled(made, "after its peer failed and the module was stopped")

    def test_respects_back_pressure(self, given: dict[str, Any]) -> None:
        """While its outgoing queues are full, the module waits, and does not pile up events."""
        outgoing = self.outgoing(given)
        harness = self.run(given, size=SIZE, unconnected=outgoing)
        sink = BlockedSink(harness, outgoing)
        with harness:
            provoking = gevent.spawn(self.provoke, harness)
            queues = [harness.module.pool.getQueue(name) for name in outgoing]
            waited = comes_true(lambda: any(queue.waited_total for queue in queues), self.timeout)
            waiting = final(lambda: _waiting_at(queues), self.producers, self.timeout)
            sink.opened.set()
            harness.stop(STOP_SECONDS)
            provoking.kill()
        if not waited:
            fail(
                f"{self.name} never waited although its outgoing queues were full: submit events, which"
                f" waits, or let provoke() send more than {SIZE + 1}."
            )
        if waiting > self.producers:
            fail(
                f"{self.name} ignores back-pressure: {waiting} events wait for room at once: submit from the"
                " greenlet that reads, and read on after it returns."
            )

    def test_goes_on_after_a_bad_event(self, given: dict[str, Any]) -> None:
        """What the module cannot read goes to `failed`, and it reads on."""
        self.require_hook(Producing, "provoke_bad")
        with self.run(given) as harness:
            self.provoke_bad(harness)
            failed = comes_true(lambda: harness.received("failed"), self.timeout)
            self.exercise(harness)
            received = self._received(harness)
        if not failed:
            fail(
                f"{self.name} traps errors: what it could not read did not go to 'failed': make an event of"
                " it, and pass it to self.fail(event, error)."
            )
        if not received:
            fail(
                f"{self.name} does not go on after a bad event: no events came in after it: fail that event"
                " alone, and read on."
            )

    def _received(self, harness: Harness) -> list[Event]:
        others = ("success", "failed", "logs", "metrics")
        names: Iterable[str] = harness.module.pool.listQueues(names=True)
        return [event for name in names if name not in others for event in harness.received(name)]

    def _require_settled(self, made: Iterable[Acknowledgement], when: str) -> None:
        left = remains(lambda: unsettled(made), self.timeout)
        if left:
            fail(
                f"{self.name} forgets acknowledgements: {len(left)} were not settled {when}: in postHook,"
                " release() with an error what retain() took, and events that were never submitted."
            )


def _waiting_at(queues: Sequence[Queue]) -> int:
    """Return how many greenlets wait for room in one of the queues."""
    return sum(queue in queues for queue in blocked_on.values())
