from __future__ import annotations

import pytest

from {{ cookiecutter.__import }} import {{ cookiecutter.__class }}
from wishbone_testing import Harness
from wishbone_testing.conformance import InputConformance


class TestConformance(InputConformance):
    module = {{ cookiecutter.__class }}
    wrong_arguments = ({"count": -1},)


@pytest.mark.parametrize("count", [0, 1, 250])
def test_finishes_after_count_events(count: int) -> None:
    with Harness({{ cookiecutter.__class }}, {"count": count}, size=7) as module:
        assert module.finished.wait(10)
        assert [event.data for event in module.receive_many(count)] == list(range(1, count + 1))
