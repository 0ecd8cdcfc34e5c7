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
    """Return the names of the queues that get an event with this payload."""
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
def test_sends_to_the_queue_of_the_first_condition_met(payload, queue):
    assert sent(payload) == [queue]


def test_conditions_are_evaluated_in_the_order_of_the_file():
    both = {"status": 503, "seconds": 2}
    assert sent(both, {"slow": CONDITIONS["slow"], "errors": CONDITIONS["errors"]}) == ["slow"]


def test_conditions_after_the_first_met_are_not_evaluated():
    assert sent({"status": 503}) == ["errors"]


def test_with_matches_all_sends_to_each_condition_met():
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


def test_conditions_can_use_all_fields_of_an_event():
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
def test_an_event_fails_when_a_condition_cannot_be_evaluated_and_the_next_passes(matches):
    with Harness(Switch, {"conditions": CONDITIONS, "matches": matches}) as switch:
        switch.feed({"status": "many"})
        switch.feed({"status": 500, "seconds": 0})
        assert switch.receive("errors").data == {"status": 500, "seconds": 0}
        assert "data.status >= 500" in switch.receive("failed").errors["module"]["message"]


def test_with_matches_all_an_event_that_fails_is_sent_nowhere():
    assert sent({"status": 503}, matches="all") == ["failed"]


def test_a_condition_can_check_for_a_missing_key():
    conditions = {"slow": "data.seconds is defined and data.seconds > 1"}
    assert sent({}, conditions) == ["default"]


def test_is_acknowledged_when_all_copies_are():
    conditions = {"one": "true", "two": "true"}
    with Harness(Switch, {"conditions": conditions, "matches": "all"}) as switch:
        assert switch.feed_acknowledged("x").wait().acknowledged
        assert switch.receive("one").data == switch.receive("two").data == "x"


def test_drops_and_acknowledges_events_for_an_unconnected_queue():
    with Harness(Switch, {"conditions": {"one": "false"}}, unconnected=["default"]) as switch:
        assert switch.feed_acknowledged("x").wait().acknowledged
        assert switch.module.pool.getQueue("default").dropped_total == 1


def test_a_route_from_a_queue_without_condition_is_refused():
    with pytest.raises(QueueMissing, match=r"has no queue 'error'\. Did you mean 'errors'"):
        Harness(Switch, {"conditions": CONDITIONS}, outputs=["error"])


@pytest.mark.parametrize("name", ["inbox", "default", "failed", "logs", "", "a b", "a.b"])
def test_a_condition_cannot_have_a_reserved_or_invalid_queue_name(name):
    with pytest.raises(ConfigError, match=r"The arguments of module 'module' are wrong\. conditions: "):
        Harness(Switch, {"conditions": {name: "true"}})
