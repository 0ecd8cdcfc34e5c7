"""The virtual clock: time under a test's control."""

from wishbone_testing.clock.virtual_clock import VirtualClock

__all__ = ["VirtualClock"]
