"""For people who write modules and pipelines: tests with real queues and real modules, in a few lines."""

from wishbone_testing.harness import Harness
from wishbone_testing.settlement import Settlement
from wishbone_testing.waiting import wait_until

__all__ = ["Harness", "Settlement", "wait_until"]
