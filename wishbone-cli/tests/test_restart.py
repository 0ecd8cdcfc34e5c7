from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from wishbone_cli.server.restart import BURST_SECONDS, FIRST_PAUSE, MOST, Restarts


def test_the_pause_grows_and_ends_in_giving_up():
    restarts = Restarts()
    pauses = [restarts.pause(lived=0) for _ in range(MOST + 1)]
    assert pauses == [FIRST_PAUSE * 2**n for n in range(MOST)] + [None]
    assert restarts.total == MOST


@given(st.lists(st.floats(0, 1000), max_size=50))
def test_who_lives_long_begins_anew(lives):
    restarts = Restarts()
    for lived in lives:
        pause = restarts.pause(lived)
        if lived >= BURST_SECONDS:
            assert pause == FIRST_PAUSE
