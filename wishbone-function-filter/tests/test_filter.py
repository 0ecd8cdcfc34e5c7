from __future__ import annotations

from importlib.metadata import entry_points

import pytest

from wishbone.arguments.convert import ArgumentError
from wishbone.event import Event
from wishbone.router import Default
from wishbone_cli.lint import lint_graph
from wishbone_function_filter import Filter
from wishbone_testing import Harness
from wishbone_testing.conformance import FunctionConformance

GOOD = {"status": 500}
ERRORS = {"expression": "data.status >= 500"}


class TestConformance(FunctionConformance):
    module = Filter
    arguments = ERRORS
    good = GOOD


def test_is_installed():
    (entry_point,) = entry_points(group="wishbone.function", name="filter")
    assert entry_point.load() is Filter


def test_passes_on_events_for_which_the_expression_is_true_and_drops_the_rest():
    with Harness(Filter, ERRORS, unconnected=["rest"]) as filtering:
        for status in (200, 500, 404, 503):
            filtering.feed({"status": status})
        assert [event.data["status"] for event in filtering.receive_many(2)] == [500, 503]
        filtering.wait_until_idle()
        assert filtering.received("outbox") == filtering.received("failed") == []
        assert filtering.module.pool.queue.rest.dropped_total == 2


def test_sends_the_rest_to_a_connected_queue():
    with Harness(Filter, ERRORS) as filtering:
        events = [filtering.feed({"status": status}) for status in (200, 500)]
        assert filtering.receive("rest") is events[0]
        assert filtering.receive("outbox") is events[1]


def test_acknowledges_dropped_events():
    with Harness(Filter, ERRORS, unconnected=["rest"]) as filtering:
        assert filtering.feed_acknowledged({"status": 200}).wait().acknowledged


def test_passed_events_settle_after_the_next_module():
    with Harness(Filter, ERRORS) as filtering:
        assert filtering.feed_acknowledged({"status": 500}).wait().acknowledged


@pytest.mark.parametrize("payload", [{}, {"status": "500"}, {"status": None}, None, "text"])
def test_an_event_fails_when_the_expression_fails_and_the_next_passes(payload):
    with Harness(Filter, ERRORS, unconnected=["rest"]) as filtering:
        filtering.feed(payload)
        passed = filtering.feed({"status": 500})
        failed = filtering.receive("failed")
        assert failed.data == payload
        assert "'data.status >= 500' cannot be evaluated" in failed.errors["module"]["message"]
        assert filtering.receive() is passed


@pytest.mark.parametrize(
    ("expression", "passes"),
    [
        ("'audit' in tags", True),
        ("tmp.input.path.endswith('.log')", True),
        ("data.user is defined and data.user", False),
        ("data.items", True),
        ("data.count", False),
        ("data.name", False),
        (True, True),
        (False, False),
    ],
)
def test_the_expression_can_use_any_field_of_the_event(expression, passes):
    event = Event({"items": [1], "count": 0, "name": ""})
    event.tags.append("audit")
    event.set("/var/log/x.log", "tmp.input.path")
    with Harness(Filter, {"expression": expression}) as filtering:
        filtering.feed(event)
        assert filtering.receive("outbox" if passes else "rest") is event


def test_a_payload_is_not_evaluated():
    with Harness(Filter, {"expression": "data.text"}) as filtering:
        filtering.feed({"text": "false and {{ 1 / 0 }}"})
        assert filtering.receive().data == {"text": "false and {{ 1 / 0 }}"}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({}, "expression: It is missing"),
        ({"expression": "status >= 500"}, "expression: The expression 'status >= 500' names status"),
        ({"expression": "data.status >="}, "expression: The expression 'data.status >=' cannot be read"),
        ({"expression": "{{ data.status }}"}, "Write it without '{{'"),
        ({"expression": ["data"]}, "expression: Expected an expression"),
    ],
)
def test_refuses_wrong_arguments(arguments, message):
    with pytest.raises(ArgumentError) as caught:
        Harness(Filter, arguments)
    assert message in str(caught.value)


def test_check_does_not_warn_about_an_unconnected_rest():
    router = Default()
    router.registerModule(Filter, "filter", ERRORS)
    assert "rest" not in {finding.queue for finding in lint_graph(router)}
