from __future__ import annotations

import os
import sys
import tty
from pathlib import Path

import pytest

# Tests are not a package; shared code is in modules in this folder.
sys.path.insert(0, str(Path(__file__).parent))

from reader import Reader


@pytest.fixture
def pipe(monkeypatch):
    reader = Reader(monkeypatch, *os.pipe())
    yield reader
    reader.close()


@pytest.fixture
def terminal(monkeypatch):
    far, near = os.openpty()
    tty.setraw(near)
    reader = Reader(monkeypatch, far, near)
    yield reader
    reader.close()
