from __future__ import annotations

from wishbone.diagnostics.log_throttle import QUIET_SECONDS, LogThrottle
from wishbone_testing import VirtualClock


def test_logs_the_first_message_and_counts_the_others_until_the_next():
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
