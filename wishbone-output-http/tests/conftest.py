from __future__ import annotations

import sys
from pathlib import Path

import pytest
import trustme
from hypothesis import HealthCheck, settings

sys.path.insert(0, str(Path(__file__).parent))

from http_server import Server
from nginx import Nginx

# The time of an example depends on the load of the machine.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")


@pytest.fixture
def serve():
    """Start servers that answer from a script, and repeat its last entry."""
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
