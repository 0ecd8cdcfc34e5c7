from __future__ import annotations

from {{ cookiecutter.__import }} import {{ cookiecutter.__class }}
from wishbone_testing import Harness
from wishbone_testing.conformance import FlowConformance


class TestConformance(FlowConformance):
    module = {{ cookiecutter.__class }}
    arguments = {"key": "data.user"}
    good = {"user": "me"}


def test_separates_events_with_the_key_from_those_without() -> None:
    with Harness({{ cookiecutter.__class }}, {"key": "data.user"}) as module:
        module.feed({"user": "me"})
        module.feed({"host": "here"})
        assert module.receive("matched").data == {"user": "me"}
        assert module.receive("other").data == {"host": "here"}


def test_acknowledges_events_for_an_unconnected_queue() -> None:
    with Harness({{ cookiecutter.__class }}, {"key": "data.user"}, unconnected=["other"]) as module:
        assert module.feed_acknowledged({}).wait().acknowledged
