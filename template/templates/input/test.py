from __future__ import annotations

from importlib.metadata import entry_points

import pytest

from wishbone.argument import ArgumentError
from {{ cookiecutter.__import }} import {{ cookiecutter.__class }}
from wishbone_testing import Harness


def test_is_installed():
    (entry_point,) = entry_points(group="wishbone.input", name="{{ cookiecutter.name }}")
    assert entry_point.load() is {{ cookiecutter.__class }}


@pytest.mark.parametrize("count", [0, 1, 250])
def test_finishes_after_count_events(count):
    with Harness({{ cookiecutter.__class }}, {"count": count}, size=7) as module:
        assert module.module.finished.wait(10)
        assert [event.data for event in module.receive_many(count)] == list(range(1, count + 1))


def test_refuses_a_count_below_zero():
    with pytest.raises(ArgumentError, match="count"):
        Harness({{ cookiecutter.__class }}, {"count": -1})
