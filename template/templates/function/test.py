from __future__ import annotations

from importlib.metadata import entry_points

from {{ cookiecutter.__import }} import {{ cookiecutter.__class }}
from wishbone_testing import Harness


def test_is_installed():
    (entry_point,) = entry_points(group="wishbone.function", name="{{ cookiecutter.name }}")
    assert entry_point.load() is {{ cookiecutter.__class }}


def test_sets_the_key():
    with Harness({{ cookiecutter.__class }}, {"key": "data.greeting", "value": "hi"}) as module:
        module.feed({"name": "world"})
        assert module.receive().data == {"name": "world", "greeting": "hi"}


def test_an_event_that_cannot_have_the_key_fails_and_does_not_stop_the_others():
    with Harness({{ cookiecutter.__class }}, {"key": "data.greeting"}) as module:
        module.feed(1)
        module.feed({})
        assert module.receive().data == {"greeting": "hello"}
        assert module.receive("failed").data == 1
