from __future__ import annotations

from wishbone.repetition import SAY_AGAIN, Repetition
from wishbone_testing import VirtualClock


def test_says_the_first_counts_the_rest_and_says_so_with_the_next_after_a_while():
    said = []
    with VirtualClock() as clock:
        trouble = Repetition(said.append)
        trouble.note("A peer lies.")
        trouble.note("Another lies.")
        trouble.note("Two lie.", count=2)
        assert said == ["A peer lies."]
        clock.advance(SAY_AGAIN)
        trouble.note("One lies again.")
        trouble.note("And again.")
    assert said == ["A peer lies.", "One lies again. (3 more like it were not logged.)"]
    assert trouble.total == 6
