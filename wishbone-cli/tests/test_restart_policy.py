from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from wishbone_cli.server.restart_policy import BURST_RESET_SECONDS, INITIAL_DELAY, MAX_RESTARTS, RestartPolicy


def test_the_delay_doubles_until_the_process_is_given_up():
    restarts = RestartPolicy()
    delays = [restarts.delay(lifetime=0) for _ in range(MAX_RESTARTS + 1)]
    assert delays == [INITIAL_DELAY * 2**n for n in range(MAX_RESTARTS)] + [None]
    assert restarts.total == MAX_RESTARTS


@given(st.lists(st.floats(0, 1000), max_size=50))
def test_a_long_lifetime_resets_the_delay(lifetimes):
    restarts = RestartPolicy()
    for lifetime in lifetimes:
        delay = restarts.delay(lifetime)
        if lifetime >= BURST_RESET_SECONDS:
            assert delay == INITIAL_DELAY
