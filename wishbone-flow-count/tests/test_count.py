from __future__ import annotations

from importlib.metadata import entry_points

from hypothesis import given, settings
from hypothesis import strategies as st

from wishbone.router import Default
from wishbone_cli.lint import lint_graph
from wishbone_flow_count import Count
from wishbone_testing import Harness, VirtualClock
from wishbone_testing.conformance import FlowConformance

EVERY_SECOND = {"count": 2, "key": "data"}


def test_is_installed():
    (entry_point,) = entry_points(group="wishbone.flow", name="count")
    assert entry_point.load() is Count


class TestConformance(FlowConformance):
    module = Count
    arguments = EVERY_SECOND
    wrong_arguments = ({"count": 0}, {"window": 0}, {"max_keys": 0}, {"key": "dta"})


def passed(count, *payloads):
    """Feed payloads, and return those that passed."""
    for payload in payloads:
        count.feed(payload)
    count.wait_until_idle()
    found = [event.data for event in count.received()]
    count.received().clear()
    return found


def test_passes_the_nth_event_and_counts_again():
    with VirtualClock(), Harness(Count, {"count": 3}) as count:
        assert passed(count, *range(1, 11)) == [3, 6, 9]
        assert [event.data for event in count.received("dropped")] == [1, 2, 4, 5, 7, 8, 10]


def test_passes_every_event_with_a_count_of_one():
    with VirtualClock(), Harness(Count, {"count": 1}) as count:
        assert passed(count, 1, 2, 3) == [1, 2, 3]


def test_events_outside_the_window_do_not_count():
    with VirtualClock() as clock, Harness(Count, {"count": 3, "window": 60}) as count:
        for number in range(10):
            assert passed(count, number) == []
            clock.advance(30.1)


def test_the_window_slides():
    """Two at the end of a minute and two at the beginning of the next are four within a minute."""
    with VirtualClock() as clock, Harness(Count, {"count": 4, "window": 60}) as count:
        assert passed(count, 1) == []
        clock.advance(50)
        assert passed(count, 2, 3) == []
        clock.advance(20)
        assert passed(count, 4) == []
        clock.advance(30)
        assert passed(count, 5) == [5]


def test_each_key_is_counted_separately():
    with VirtualClock(), Harness(Count, {"count": 2, "key": "data.user"}) as count:
        found = passed(count, *({"user": user, "n": n} for n, user in enumerate("abcbabb")))
        assert [payload["n"] for payload in found] == [3, 4, 6]


def test_an_event_without_the_key_fails_and_does_not_count():
    with VirtualClock(), Harness(Count, {"count": 2, "key": "data.user"}) as count:
        assert passed(count, {"user": 1}, {}, {"user": 1}) == [{"user": 1}]
        assert "no key 'data.user'" in count.receive("failed").errors["module"]["message"]


def test_passed_and_dropped_events_are_acknowledged():
    with VirtualClock(), Harness(Count, {"count": 2}, unconnected=["dropped"]) as count:
        settlements = [count.feed_acknowledged(number) for number in range(3)]
        assert all(settlement.wait().acknowledged for settlement in settlements)


def test_the_key_idle_longest_is_forgotten_at_max_keys():
    with VirtualClock(), Harness(Count, {"count": 3, "key": "data", "max_keys": 2}) as count:
        assert passed(count, "a", "b", "a", "c", "b", "b", "a", "a") == []
        assert passed(count, "a") == ["a"]


def test_keys_without_an_event_in_the_window_are_forgotten():
    with VirtualClock() as clock, Harness(Count, {"count": 9, "key": "data", "window": 60}) as count:
        passed(count, *range(100))
        clock.advance(60.1)
        passed(count, "x")
        assert list(count.module._times) == ["x"]


steps = st.lists(st.tuples(st.sampled_from("ab"), st.integers(0, 30)), max_size=40)


@settings(max_examples=60, deadline=None)
@given(steps, st.integers(1, 4), st.integers(0, 60))
def test_passes_what_the_model_passes(steps, nth, window):
    """The model keeps the time of every event of the key since one passed.

    The window ends half a second after any time at which an event can arrive, so no event is at its edge.
    """
    came = {"a": [], "b": []}
    arguments = {"count": nth, "window": window + 0.5, "key": "data"}
    with VirtualClock() as clock, Harness(Count, arguments) as count:
        for key, pause in steps:
            clock.advance(pause)
            came[key].append(clock.elapsed)
            is_nth = sum(clock.elapsed - moment <= window for moment in came[key]) >= nth
            assert passed(count, key) == [key] * is_nth
            if is_nth:
                came[key].clear()


def test_check_does_not_warn_about_dropped_events():
    router = Default()
    router.registerModule(Count, "count")
    assert "dropped" not in {finding.queue for finding in lint_graph(router)}
