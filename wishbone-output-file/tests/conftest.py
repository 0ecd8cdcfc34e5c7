from __future__ import annotations

import pytest

from wishbone_output_file import File
from wishbone_testing import Harness


@pytest.fixture
def path(tmp_path):
    return tmp_path / "out.log"


@pytest.fixture
def write(path):
    """Run the module on a file, feed it, wait for the end of all, and return what became of each event."""

    def run(*payloads, name=None, **arguments):
        arguments = {"path": str(name or path), **arguments}
        with Harness(File, arguments, unconnected=("success",)) as file:
            settlements = [file.feed_acknowledged(payload) for payload in payloads]
        return [settlement.acknowledged for settlement in settlements]

    return run
