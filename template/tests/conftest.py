"""Provides a baked package of each kind."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from baking import KINDS, Baked


@pytest.fixture(scope="session", params=KINDS)
def baked(request, tmp_path_factory):
    return Baked(request.param, tmp_path_factory.mktemp(request.param))
