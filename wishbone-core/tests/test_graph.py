from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from wishbone._engine.graph import ordered_components, reachable

NODES = "abcdef"
GRAPHS = st.fixed_dictionaries({node: st.lists(st.sampled_from(NODES), max_size=3) for node in NODES})


def reaches(children, start):
    """Return the reachable modules, by adding children until the result no longer grows."""
    found = set(children[start])
    while True:
        grown = found.union(*(children[node] for node in found))
        if grown == found:
            return found
        found = grown


@given(GRAPHS)
def test_every_module_is_in_one_group(children):
    assert sorted(name for group in ordered_components(children) for name in group) == sorted(children)


@given(GRAPHS)
def test_modules_share_a_group_exactly_when_they_reach_each_other(children):
    place = {name: number for number, group in enumerate(ordered_components(children)) for name in group}
    for one in children:
        for other in children:
            mutual = one == other or (other in reaches(children, one) and one in reaches(children, other))
            assert (place[one] == place[other]) == mutual


@given(GRAPHS)
def test_a_group_comes_after_those_whose_events_reach_it(children):
    place = {name: number for number, group in enumerate(ordered_components(children)) for name in group}
    assert all(place[name] <= place[child] for name in children for child in children[name])


@given(GRAPHS, st.sampled_from(NODES))
def test_reachable_returns_all_modules_that_events_can_reach(children, start):
    found = reachable(children, start)
    assert len(found) == len(set(found))
    assert set(found) == reaches(children, start)


def test_reachable_names_the_nearest_first():
    assert reachable({"a": ["b", "c"], "b": ["d"], "c": [], "d": []}, "a") == ["b", "c", "d"]


def test_a_long_chain_exceeds_no_recursion_limit():
    children = {str(number): [str(number + 1)] for number in range(20_000)}
    children["20000"] = []
    assert ordered_components(children) == [[name] for name in children]
    assert len(reachable(children, "0")) == 20_000


def test_without_modules_there_are_no_groups():
    assert ordered_components({}) == []
