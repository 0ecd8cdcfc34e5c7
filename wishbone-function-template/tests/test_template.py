from __future__ import annotations

from importlib.metadata import entry_points

import pytest

from wishbone.arguments.convert import ArgumentError
from wishbone.event import Event
from wishbone_function_template import Render
from wishbone_testing import Harness
from wishbone_testing.conformance import FunctionConformance

LINE = {"fields": {"data.line": "{{ data.user }} did {{ data.action }}"}}
GOOD = {"user": "ada", "action": "login"}


class TestConformance(FunctionConformance):
    module = Render
    arguments = LINE
    good = GOOD


def test_is_installed():
    (entry_point,) = entry_points(group="wishbone.function", name="template")
    assert entry_point.load() is Render


def test_sets_a_key_and_passes_on_the_event_itself():
    with Harness(Render, LINE) as rendering:
        event = rendering.feed(dict(GOOD))
        assert rendering.receive() is event
        assert event.data == {**GOOD, "line": "ada did login"}


def test_sets_several_keys_in_any_field():
    fields = {
        "data.a.b": "{{ data.user }}",
        "tmp.template.subject": "{{ tags|join('+') }}",
        "uuid": "x-{{ data.user }}",
    }
    event = Event({"user": "ada"})
    event.tags.extend(["one", "two"])
    with Harness(Render, {"fields": fields}) as rendering:
        rendering.feed(event)
        rendering.receive()
    assert (event.data, event.tmp) == (
        {"user": "ada", "a": {"b": "ada"}},
        {"template": {"subject": "one+two"}},
    )
    assert event.uuid == "x-ada"


def test_the_payload_itself_can_be_set():
    with Harness(Render, {"fields": {"data": "{{ data.user }}"}}) as rendering:
        rendering.feed({"user": "ada"})
        assert rendering.receive().data == "ada"


def test_templates_do_not_see_the_results_of_others():
    with Harness(Render, {"fields": {"data.a": "{{ data.b }}", "data.b": "{{ data.a }}"}}) as rendering:
        rendering.feed({"a": 1, "b": 2})
        assert rendering.receive().data == {"a": "2", "b": "1"}


def test_a_number_is_rendered_as_its_digits():
    with Harness(Render, {"fields": {"data.port": 514}}) as rendering:
        rendering.feed({})
        assert rendering.receive().data == {"port": "514"}


def test_a_payload_is_not_rendered():
    with Harness(Render, LINE) as rendering:
        rendering.feed({"user": "{{ 7 * 7 }}", "action": "{% raw %}"})
        assert rendering.receive().data["line"] == "{{ 7 * 7 }} did {% raw %}"


def test_an_event_without_a_used_key_fails_unchanged_and_the_next_passes():
    with Harness(Render, {"fields": {"data.new": "x", "data.line": "{{ data.user }}"}}) as rendering:
        rendering.feed({"usr": "ada"})
        rendering.feed({"user": "ada"})
        failed = rendering.receive("failed")
        assert failed.data == {"usr": "ada"}
        assert "The template '{{ data.user }}' cannot be filled in" in failed.errors["module"]["message"]
        assert rendering.receive().data["line"] == "ada"


def test_an_event_fails_when_the_key_cannot_be_set():
    with Harness(Render, {"fields": {"data.line": "x"}}) as rendering:
        rendering.feed("a text")
        assert "The key 'data.line' cannot be set" in rendering.receive("failed").errors["module"]["message"]


def test_events_are_acknowledged_at_the_end_of_the_branch():
    with Harness(Render, LINE) as rendering:
        assert rendering.feed_acknowledged(dict(GOOD)).wait().acknowledged


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"data.x": "{{ user }}"}, "fields.data.x: The template '{{ user }}' names user"),
        ({"data.x": "{{ data"}, "fields.data.x: The template '{{ data' cannot be read"),
        ({"dta.x": "x"}, "fields.dta.x: The key 'dta.x' begins with 'dta'"),
        ({"data..x": "x"}, "fields.data..x: The key 'data..x' cannot be read"),
        ({"data.x": ["x"]}, "fields.data.x: Expected a template"),
        ("x", "fields: Expected `object`, got `str`"),
    ],
)
def test_refuses_wrong_arguments(fields, message):
    with pytest.raises(ArgumentError) as caught:
        Harness(Render, {"fields": fields})
    assert message in str(caught.value)
