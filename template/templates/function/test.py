from __future__ import annotations

from {{ cookiecutter.__import }} import {{ cookiecutter.__class }}
from wishbone_testing import Harness
from wishbone_testing.conformance import FunctionConformance


class TestConformance(FunctionConformance):
    module = {{ cookiecutter.__class }}
    arguments = {"key": "data.greeting"}
    good = {"name": "world"}


def test_sets_the_key() -> None:
    with Harness({{ cookiecutter.__class }}, {"key": "data.greeting", "value": "hi"}) as module:
        module.feed({"name": "world"})
        assert module.receive().data == {"name": "world", "greeting": "hi"}


def test_an_event_that_cannot_have_the_key_fails() -> None:
    with Harness({{ cookiecutter.__class }}, {"key": "data.greeting"}) as module:
        module.feed(1)
        assert module.receive("failed").data == 1
