from __future__ import annotations

from importlib.metadata import entry_points

import pytest

from wishbone.error import ConfigError, QueueMissing
from wishbone.event import Event
from wishbone_flow_switch import Switch
from wishbone_testing import Harness
from wishbone_testing.conformance import FlowConformance

LONG = {"conditions": {"long": "data|length > 3"}}
BOTH = {"conditions": {"long": "data|length > 3", "h": "data[0] == 'h'"}, "matches": "all"}
CONDITIONS = {"errors": "data.status >= 500", "slow": "data.seconds > 1"}


def test_is_installed():
    (entry_point,) = entry_points(group="wishbone.flow", name="switch")
    assert entry_point.load() is Switch


class TestConformance(FlowConformance):
    module = Switch
    arguments = LONG
    wrong_arguments = (
        {"conditions": {}},
        {"conditions": {"x": "data =="}},
        {"conditions": {"inbox": "true"}},
    )


class TestConformanceForAllMatches(FlowConformance):
    module = Switch
    arguments = BOTH


def sent(payload, conditions=CONDITIONS, **arguments):
    """Return the names of the queues that an event with this payload came out of."""
    with Harness(Switch, {"conditions": conditions, **arguments}) as switch:
        switch.feed(payload)
        switch.wait_until_idle()
        return [name for name in (*conditions, "default", "failed") if switch.received(name)]


@pytest.mark.parametrize(
    ("payload", "queue"),
    [
        ({"status": 503, "seconds": 2}, "errors"),
        ({"status": 200, "seconds": 2}, "slow"),
        ({"status": 200, "seconds": 0.1}, "default"),
    ],
)
def test_sends_to_the_first_condition_that_is_met(payload, queue):
    assert sent(payload) == [queue]


def test_the_order_is_that_in_which_conditions_are_written():
    both = {"status": 503, "seconds": 2}
    assert sent(both, {"slow": CONDITIONS["slow"], "errors": CONDITIONS["errors"]}) == ["slow"]


def test_conditions_behind_the_first_that_is_met_are_not_tried():
    assert sent({"status": 503}) == ["errors"]


def test_sends_to_all_whose_condition_is_met():
    assert sent({"status": 503, "seconds": 2}, matches="all") == ["errors", "slow"]
    assert sent({"status": 200, "seconds": 2}, matches="all") == ["slow"]
    assert sent({"status": 200, "seconds": 0}, matches="all") == ["default"]


def test_copies_share_nothing():
    conditions = {"one": "true", "two": "true", "three": "true"}
    with Harness(Switch, {"conditions": conditions, "matches": "all"}) as switch:
        switch.feed({"deep": [1]})
        one, two, three = (switch.receive(name) for name in conditions)
        one.data["deep"].append(2)
        assert two.data == three.data == {"deep": [1]}


def test_conditions_see_more_of_an_event_than_its_payload():
    conditions = {"audit": "'audit' in tags", "seen": "tmp.other is defined"}
    with Harness(Switch, {"conditions": conditions}) as switch:
        event = Event("x")
        event.tags.append("audit")
        switch.feed(event)
        assert switch.receive("audit") is event
        event = Event("x")
        event.set(1, "tmp.other")
        switch.feed(event)
        assert switch.receive("seen") is event


@pytest.mark.parametrize("matches", ["first", "all"])
def test_an_event_that_a_condition_cannot_be_asked_about_fails_and_stops_nobody(matches):
    with Harness(Switch, {"conditions": CONDITIONS, "matches": matches}) as switch:
        switch.feed({"status": "many"})
        switch.feed({"status": 500, "seconds": 0})
        assert switch.receive("errors").data == {"status": 500, "seconds": 0}
        assert "data.status >= 500" in switch.receive("failed").errors["module"]["message"]


def test_goes_nowhere_where_one_of_all_conditions_cannot_be_asked():
    assert sent({"status": 503}, matches="all") == ["failed"]


def test_a_condition_can_ask_whether_a_key_is_there():
    conditions = {"slow": "data.seconds is defined and data.seconds > 1"}
    assert sent({}, conditions) == ["default"]


def test_is_acknowledged_when_all_who_got_a_copy_are_done():
    conditions = {"one": "true", "two": "true"}
    with Harness(Switch, {"conditions": conditions, "matches": "all"}) as switch:
        assert switch.feed_acknowledged("x").wait().acknowledged
        assert switch.receive("one").data == switch.receive("two").data == "x"


def test_drops_and_acknowledges_what_no_route_takes():
    with Harness(Switch, {"conditions": {"one": "false"}}, unconnected=["default"]) as switch:
        assert switch.feed_acknowledged("x").wait().acknowledged
        assert switch.module.pool.getQueue("default").dropped_total == 1


def test_a_route_from_a_queue_without_condition_is_refused():
    with pytest.raises(QueueMissing, match=r"has no queue 'error'\. Did you mean 'errors'"):
        Harness(Switch, {"conditions": CONDITIONS}, outputs=["error"])


@pytest.mark.parametrize("name", ["inbox", "default", "failed", "logs", "", "a b", "a.b"])
def test_a_condition_cannot_have_the_name_of_a_queue_that_is_there_or_none_that_a_queue_can_have(name):
    with pytest.raises(ConfigError, match=r"The arguments of module 'module' are wrong\. conditions: "):
        Harness(Switch, {"conditions": {name: "true"}})
