from __future__ import annotations

from wishbone.diagnostics.log_throttle import QUIET_SECONDS, LogThrottle
from wishbone_testing import VirtualClock


def test_says_the_first_counts_the_rest_and_says_so_with_the_next_after_a_while():
    said = []
    with VirtualClock() as clock:
        trouble = LogThrottle(said.append)
        trouble.log("A peer lies.")
        trouble.log("Another lies.")
        trouble.log("Two lie.", count=2)
        assert said == ["A peer lies."]
        clock.advance(QUIET_SECONDS)
        trouble.log("One lies again.")
        trouble.log("And again.")
    assert said == ["A peer lies.", "One lies again. (3 more like it were not logged.)"]
    assert trouble.total == 6
