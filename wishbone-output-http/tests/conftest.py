from __future__ import annotations

import sys
from pathlib import Path

import pytest
import trustme
from hypothesis import HealthCheck, settings

sys.path.insert(0, str(Path(__file__).parent))

from nginx import Nginx
from server import Server

# How long an example takes says how busy the machine is.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")


@pytest.fixture
def serve():
    """Start servers that answer by a script, one answer after the other and the last again and again."""
    started = []

    def start(*script, **options):
        started.append(Server(script, **options))
        return started[-1]

    yield start
    for server in started:
        server.stop()


@pytest.fixture
def nginx(tmp_path):
    started = []

    def start(locations="", **options):
        started.append(Nginx(tmp_path, locations, **options))
        return started[-1].start()

    yield start
    for server in started:
        server.stop()


@pytest.fixture
def authority(tmp_path):
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    return authority
