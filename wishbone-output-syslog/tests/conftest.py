from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from rsyslog import Rsyslog


@pytest.fixture
def rsyslog(tmp_path):
    started = []

    def start(transport, **options):
        started.append(Rsyslog(tmp_path, transport, **options))
        return started[-1].start()

    yield start
    for server in started:
        server.stop()
