"""Conformance of outputs whose other end may fail, or take nothing."""

from __future__ import annotations

from typing import Any

import pytest

from wishbone_testing.conformance.consuming import HAND_SECONDS
from wishbone_testing.conformance.patience import come_to_rest, comes_true
from wishbone_testing.conformance.pressure import SIZE, BackPressure, Flood
from wishbone_testing.conformance.subject import refuse

STOP_SECONDS = 0.5
"""Seconds that a module is given to stop while its peer is broken, before it is killed."""


class Peer(BackPressure):
    """A module that hands events to somebody outside the pipeline.

    Start the peer in a fixture called `arguments`, and keep it: `self` is the same in the hooks.
    """

    def break_peer(self) -> None:
        """Let the peer fail, as it would: close the connection and refuse new ones. Override it."""

    def stall_peer(self) -> None:
        """Let the peer stay connected and take nothing more. Override it."""

    def test_settles_every_acknowledgement_when_its_peer_fails(self, given: dict[str, Any]) -> None:
        """Each event is settled, whatever becomes of the other end, and nothing outlives the module."""
        self._require_hook("break_peer")
        with self.run(given) as harness:
            settlements = self.feed_acknowledged(harness)
            self.wait_for(settlements)
            self.break_peer()
            settlements += self.feed_acknowledged(harness)
            harness.stop(timeout=STOP_SECONDS)
        self.require_settled(settlements, "when its peer had failed and the module been stopped")

    def test_settles_every_acknowledgement_when_its_peer_hangs(self, given: dict[str, Any]) -> None:
        """Each event is settled when the module is killed while it waits for an answer."""
        self._require_hook("stall_peer")
        with self.run(given) as harness:
            self.stall_peer()
            settlements = self.feed_acknowledged(harness)
            comes_true(harness.module.pool.getQueue(self.inbox).empty, HAND_SECONDS)
            harness.stop(timeout=0)
        self.require_settled(settlements, "when its peer hung and the module had been killed")

    def test_respects_back_pressure(self, given: dict[str, Any]) -> None:
        """While the peer takes nothing, the module takes no more than it can hold."""
        self._require_hook("stall_peer")
        with self.run(given, size=SIZE) as harness:
            self.stall_peer()
            flood = Flood(self, harness, self.capacity * 2)
            in_hand = come_to_rest(lambda: flood.in_hand, self.capacity, self.patience)
            flood.stop()
            harness.stop(timeout=0)
        if in_hand > self.capacity:
            refuse(
                f"{self.name} knows no back-pressure: it took {in_hand} events while its peer took none: let"
                " the consumer wait while enough is on its way, and bound what is kept."
            )

    def _require_hook(self, name: str) -> None:
        if getattr(type(self), name) is getattr(Peer, name):
            pytest.skip(
                f"{name} is not overridden: {self.name} has no peer that could fail, or none to its tests"
            )
