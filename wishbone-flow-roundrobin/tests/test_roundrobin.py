from __future__ import annotations

from collections import Counter
from importlib.metadata import entry_points

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wishbone.error import ModuleInitFailure
from wishbone_flow_roundrobin import Roundrobin
from wishbone_flow_roundrobin.schedule import schedule
from wishbone_testing import Harness
from wishbone_testing.conformance import FlowConformance

KEYED = {"key": "data"}

weightings = st.dictionaries(st.sampled_from("abcdefgh"), st.integers(1, 50), min_size=1)


def test_is_installed():
    (entry_point,) = entry_points(group="wishbone.flow", name="roundrobin")
    assert entry_point.load() is Roundrobin


class TestConformance(FlowConformance):
    module = Roundrobin
    outputs = ("one", "two")
    wrong_arguments = ({"weights": {"one": 0}}, {"weights": {"inbox": 2}}, {"weights": {"a b": 2}})

    def may_pass_on(self, payload):
        return True  # without a key it does not look at the payload


class TestConformanceWithKey(FlowConformance):
    module = Roundrobin
    arguments = KEYED
    outputs = ("one", "two")


def shared_out(payloads, outputs, **arguments):
    """Return the payloads of each queue."""
    with Harness(Roundrobin, arguments, outputs=outputs) as roundrobin:
        for payload in payloads:
            roundrobin.feed(payload)
        roundrobin.wait_until_idle()
        return {name: [event.data for event in roundrobin.received(name)] for name in outputs}


def test_queues_take_turns():
    assert shared_out(range(7), ["one", "two", "three"]) == {
        "one": [0, 3, 6],
        "two": [1, 4],
        "three": [2, 5],
    }


def test_a_single_queue_gets_all_events():
    assert shared_out(range(3), ["one"]) == {"one": [0, 1, 2]}


def test_a_queue_gets_events_by_its_weight():
    counts = {
        name: len(payloads)
        for name, payloads in shared_out(range(600), ["a", "b", "c"], weights={"a": 3, "b": 2}).items()
    }
    assert counts == {"a": 300, "b": 200, "c": 100}


def test_the_events_of_a_heavy_queue_are_spread():
    assert "".join(schedule({"a": 5, "b": 1, "c": 1})) == "aabacaa"


@given(weightings)
def test_each_name_has_its_share_and_is_never_far_from_it(weights):
    order = schedule(weights)
    total = sum(weights.values())
    counts = Counter(order)
    assert {name: count * total for name, count in counts.items()} == {
        name: weight * len(order) for name, weight in weights.items()
    }
    for end in range(len(order)):
        seen = Counter(order[: end + 1])
        for name, weight in weights.items():
            # Never further from the exact share than one event for each other name.
            assert abs(seen[name] - (end + 1) * weight / total) < len(weights)


@given(weightings, st.integers(2, 9))
def test_a_round_is_as_short_as_weights_allow(weights, factor):
    assert schedule(weights) == schedule({name: weight * factor for name, weight in weights.items()})


def test_events_of_a_key_go_to_one_queue_in_order():
    payloads = [{"user": f"user {number % 50}", "number": number} for number in range(500)]
    found = shared_out(payloads, ["one", "two", "three"], key="data.user")
    users = [{payload["user"] for payload in received} for received in found.values()]
    assert sum(map(len, users)) == len(set.union(*users)) == 50
    for received in found.values():
        for user in {payload["user"] for payload in received}:
            numbers = [payload["number"] for payload in received if payload["user"] == user]
            assert numbers == sorted(numbers)


def test_a_key_goes_to_the_same_queue_after_a_restart():
    """Python hashes text differently in each process; the queue of a key must not depend on that."""
    found = shared_out(["ada", "brian", "grace", "ü", 7], ["one", "two", "three"], key="data")
    assert found == {"one": ["ü"], "two": [7], "three": ["ada", "brian", "grace"]}


def test_keys_are_distributed_by_weight():
    found = shared_out(range(4000), ["large", "small"], key="data", weights={"large": 3})
    assert 2850 < len(found["large"]) < 3150


def test_a_key_may_be_a_template():
    payloads = [{"host": host, "port": port} for host in "ab" for port in range(20)]
    found = shared_out(payloads * 2, ["one", "two"], key="{{ data.host }}:{{ data.port }}")
    for received in found.values():
        assert Counter(Counter(map(str, received)).values()).keys() == {2}


def test_an_event_without_the_key_fails_and_the_next_passes():
    with Harness(Roundrobin, {"key": "data.user"}, outputs=["one"]) as roundrobin:
        roundrobin.feed({"usr": "ada"})
        roundrobin.feed({"user": "ada"})
        assert roundrobin.receive("one").data == {"user": "ada"}
        assert "no key 'data.user'" in roundrobin.receive("failed").errors["module"]["message"]


def test_an_event_is_acknowledged_by_its_branch():
    with Harness(Roundrobin, outputs=["one", "two"]) as roundrobin:
        settlements = [roundrobin.feed_acknowledged(number) for number in range(4)]
        assert all(settlement.wait().acknowledged for settlement in settlements)


def test_does_not_start_without_a_connected_queue():
    with (
        pytest.raises(ModuleInitFailure, match="No route starts at a queue of 'module'"),
        Harness(Roundrobin),
    ):
        pass


def test_does_not_start_when_a_queue_with_a_weight_is_not_connected():
    roundrobin = Harness(Roundrobin, {"weights": {"larg": 2}}, outputs=["large"], unconnected=["larg"])
    with (
        pytest.raises(ModuleInitFailure, match=r"no route starts at 'module\.larg'. Did you mean 'large'"),
        roundrobin,
    ):
        pass
