from __future__ import annotations

import gevent
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wishbone_output_http.turnstile import Turnstile


@given(st.integers(1, 4), st.lists(st.sampled_from(["come", "kill", "wait"]), max_size=30))
def test_lets_in_as_many_as_it_has_places_and_nobody_overtakes(places, steps):
    turnstile = Turnstile(places)
    entered, inside, most, came = [], [], [0], []

    def pass_through(number):
        with turnstile:
            entered.append(number)
            inside.append(number)
            most[0] = max(most[0], len(inside))
            try:
                gevent.sleep(0)
            finally:
                inside.remove(number)

    for step in steps:
        if step == "come":
            came.append(gevent.spawn(pass_through, len(came)))
        elif step == "kill" and came:
            came[len(came) // 2].kill(block=False)
        else:
            gevent.sleep(0)
    gevent.joinall(came)
    if places == 1:
        assert entered == sorted(entered)
    assert most[0] <= places
    assert turnstile._free == places


def test_who_runs_when_a_place_becomes_free_does_not_take_it_first():
    turnstile = Turnstile(1)
    order = []

    def pass_through(name):
        with turnstile:
            order.append(name)

    with turnstile:
        waiting = gevent.spawn(pass_through, "first")
        gevent.sleep(0)
    pass_through("second")
    waiting.join()
    assert order == ["first", "second"]


def test_who_was_killed_on_the_way_in_hands_the_place_on():
    turnstile = Turnstile(1)

    def pass_through():
        with turnstile:
            pytest.fail("it was killed before")

    with turnstile:
        waiting = gevent.spawn(pass_through)
        gevent.sleep(0)
    waiting.kill()
    assert turnstile._free == 1
