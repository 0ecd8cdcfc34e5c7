from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from wishbone.error import ModuleInitFailure
from {{ cookiecutter.__import }} import {{ cookiecutter.__class }}
from wishbone_testing import Harness
from wishbone_testing.conformance import OutputConformance

if TYPE_CHECKING:
    from pathlib import Path


class TestConformance(OutputConformance):
    module = {{ cookiecutter.__class }}

    @pytest.fixture
    def arguments(self, tmp_path: Path) -> dict[str, str]:
        return {"path": str(tmp_path / "lines")}


def test_writes_a_line_for_each_event(tmp_path: Path) -> None:
    path = tmp_path / "lines"
    with Harness({{ cookiecutter.__class }}, {"path": str(path)}) as module:
        settlements = [module.feed_acknowledged(data) for data in ("one", "two")]
        assert all(settlement.wait().acknowledged for settlement in settlements)
    assert path.read_text(encoding="utf-8") == "one\ntwo\n"


def test_does_not_start_without_its_folder(tmp_path: Path) -> None:
    with (
        pytest.raises(ModuleInitFailure, match="missing"),
        Harness({{ cookiecutter.__class }}, {"path": str(tmp_path / "missing" / "lines")}),
    ):
        pass
