"""Conformance of outputs whose peer may fail or hang."""

from __future__ import annotations

from typing import Any

from wishbone_testing.conformance.backpressure import SIZE, Backpressure
from wishbone_testing.conformance.timeouts import STOP_SECONDS


class Peer(Backpressure):
    """A module that sends events to a peer outside the pipeline.

    Start the peer in a fixture called `arguments`, and keep it in `self` for the hooks.
    """

    def break_peer(self) -> None:
        """Make the peer fail: close connections and refuse new ones. Override it."""

    def stall_peer(self) -> None:
        """Make the peer stay connected and read nothing more. Override it."""

    def test_settles_every_acknowledgement_when_its_peer_fails(self, given: dict[str, Any]) -> None:
        """Each event settles even if the peer fails."""
        self.require_hook(Peer, "break_peer")
        with self.run(given) as harness:
            settlements = self.feed_acknowledged(harness)
            self.wait_for(settlements)
            self.break_peer()
            settlements += self.feed_acknowledged(harness)
            harness.stop(timeout=STOP_SECONDS)
        self.require_settled(settlements, "after its peer failed and the module was stopped")

    def test_settles_every_acknowledgement_when_its_peer_hangs(self, given: dict[str, Any]) -> None:
        """Each event settles if the module is killed while it waits for its peer."""
        self.require_hook(Peer, "stall_peer")
        with self.run(given) as harness:
            self.stall_peer()
            settlements = self.feed_acknowledged(harness)
            self.kill(harness)
        self.require_settled(settlements, "after its peer hung and the module was killed")

    def test_respects_back_pressure(self, given: dict[str, Any]) -> None:
        """While the peer reads nothing, the module holds a bounded number of events."""
        self.require_hook(Peer, "stall_peer")
        with self.run(given, size=SIZE) as harness:
            self.stall_peer()
            held = self.held_when_flooded(harness)
            harness.stop(timeout=0)
        self.require_bound(
            held, "while its peer read none: let the consumer wait while enough is on its way, and"
        )
