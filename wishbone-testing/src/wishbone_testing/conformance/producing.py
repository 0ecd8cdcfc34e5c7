"""Conformance of modules that bring events in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import gevent
import pytest

from wishbone._engine.backpressure import blocked_on
from wishbone_testing.conformance.closing import Closing
from wishbone_testing.conformance.leftovers import acknowledgements, unsettled
from wishbone_testing.conformance.patience import come_to_rest, comes_true, remains
from wishbone_testing.conformance.pressure import SIZE, Dam
from wishbone_testing.conformance.subject import refuse

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from wishbone.acknowledgement import Acknowledgement
    from wishbone.event import Event
    from wishbone.queue import Queue
    from wishbone_testing.harness import Harness

STOP_SECONDS = 0.5
"""Seconds that a module is given to stop while its peer is broken, before it is killed."""


class Producing(Closing):
    """A module that brings events in, by itself or because somebody outside sends them."""

    producers: ClassVar[int] = 10
    """How many events may wait at once to be let in: one per connection that the tests open."""

    def provoke(self, harness: Harness) -> None:
        """Let the outside bring a few events in, more than two. Override it unless they come by themselves.

        Args:
            harness: Runs the module; `harness.module` may know its port.
        """

    def provoke_bad(self, harness: Harness) -> None:
        """Let the outside bring something in that the module cannot read. Override it where that can be.

        Args:
            harness: Runs the module.
        """

    def break_peer(self) -> None:
        """Let the outside fail, as it would: close connections and refuse new ones. Override it."""

    def exercise(self, harness: Harness) -> None:
        """Let a first event come in."""
        self.provoke(harness)
        comes_true(lambda: self._received(harness) or harness.finished.is_set(), self.patience)

    def test_brings_events_in(self, given: dict[str, Any]) -> None:
        """Events come out by its queues."""
        with self.run(given) as harness:
            self.exercise(harness)
            received = self._received(harness)
            messages = harness.messages()
        if not received:
            refuse(
                f"{self.name} brought nothing in (logs: {messages}): give arguments with which events come,"
                " or override provoke()."
            )

    def test_settles_every_acknowledgement(self, given: dict[str, Any]) -> None:
        """Nobody holds an acknowledgement when the module has been stopped, nor when it was killed."""
        for timeout, how in ((STOP_SECONDS, "stopped"), (0.0, "killed")):
            with acknowledgements() as made, self.run(given) as harness:
                self.exercise(harness)
                harness.stop(timeout)
            self._require_settled(made, f"when the module had been {how}")

    def test_settles_every_acknowledgement_when_its_peer_fails(self, given: dict[str, Any]) -> None:
        """Nobody holds an acknowledgement, whatever becomes of the other end."""
        self._require_hook("break_peer")
        with acknowledgements() as made, self.run(given) as harness:
            self.exercise(harness)
            self.break_peer()
            harness.stop(STOP_SECONDS)
        self._require_settled(made, "when its peer had failed and the module been stopped")

    def test_respects_back_pressure(self, given: dict[str, Any]) -> None:
        """While nobody takes what it brings in, it waits, and does not pile up what waits."""
        outlets = self.outlets(given)
        harness = self.run(given, size=SIZE, unconnected=outlets)
        dam = Dam(harness, outlets)
        with harness:
            provoking = gevent.spawn(self.provoke, harness)
            queues = [harness.module.pool.getQueue(name) for name in outlets]
            waited = comes_true(lambda: any(queue.waited_total for queue in queues), self.patience)
            waiting = come_to_rest(lambda: _waiting_at(queues), self.producers, self.patience)
            dam.opened.set()
            harness.stop(STOP_SECONDS)
            provoking.kill()
        if not waited:
            refuse(
                f"{self.name} never had to wait although nobody took its events: bring them out with"
                f" submit, which waits, or let provoke() bring more than {SIZE + 1} in."
            )
        if waiting > self.producers:
            refuse(
                f"{self.name} knows no back-pressure: {waiting} events wait at once for room: submit from the"
                " greenlet that reads, and read on when it returns."
            )

    def test_goes_on_after_a_bad_event(self, given: dict[str, Any]) -> None:
        """What cannot be read comes out by `failed`, and what comes after it comes in."""
        self._require_hook("provoke_bad")
        with self.run(given) as harness:
            self.provoke_bad(harness)
            failed = comes_true(lambda: harness.received("failed"), self.patience)
            self.exercise(harness)
            received = self._received(harness)
        if not failed:
            refuse(
                f"{self.name} traps errors: what it could not read did not come out by 'failed': make an"
                " event of it, and give it to self.fail(event, error)."
            )
        if not received:
            refuse(
                f"{self.name} does not go on after a bad event: nothing came in any more: fail that event"
                " alone, and read on."
            )

    def _received(self, harness: Harness) -> list[Event]:
        kept = ("success", "failed", "logs", "metrics")
        names: Iterable[str] = harness.module.pool.listQueues(names=True)
        return [event for name in names if name not in kept for event in harness.received(name)]

    def _require_settled(self, made: Iterable[Acknowledgement], when: str) -> None:
        left = remains(lambda: unsettled(made), self.patience)
        if left:
            refuse(
                f"{self.name} forgets acknowledgements: {len(left)} were not settled {when}: release() what"
                " retain() took, and events that are never submitted, in postHook with an error."
            )

    def _require_hook(self, name: str) -> None:
        if getattr(type(self), name) is getattr(Producing, name):
            pytest.skip(
                f"{name} is not overridden: nothing outside of {self.name} does this, or not in its tests"
            )


def _waiting_at(queues: Sequence[Queue]) -> int:
    """Return how many greenlets wait for room in one of the queues."""
    return sum(queue in queues for queue in blocked_on.values())
