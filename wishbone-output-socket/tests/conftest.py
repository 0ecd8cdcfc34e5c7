from __future__ import annotations

import sys
from pathlib import Path

import pytest
import trustme
from gevent import ssl

sys.path.insert(0, str(Path(__file__).parent))

from receivers import Receiver


@pytest.fixture
def receiver():
    """Start receivers, and stop them at the end."""
    started = []

    def start(**options):
        started.append(Receiver(**options))
        return started[-1]

    yield start
    for each in started:
        each.stop()


@pytest.fixture
def authority(tmp_path):
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    return authority


@pytest.fixture
def server_files(authority, tmp_path):
    """The paths of a server's certificate and its key."""
    issued = authority.issue_cert("server.example")
    issued.private_key_pem.write_to_path(tmp_path / "server.key")
    issued.cert_chain_pems[0].write_to_path(tmp_path / "server.pem")
    return str(tmp_path / "server.pem"), str(tmp_path / "server.key")


@pytest.fixture
def server_context(authority, server_files):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*server_files)
    return context


@pytest.fixture
def client_files(authority, tmp_path):
    issued = authority.issue_cert("client.example")
    issued.private_key_pem.write_to_path(tmp_path / "client.key")
    issued.cert_chain_pems[0].write_to_path(tmp_path / "client.pem")
    return {"cert_file": str(tmp_path / "client.pem"), "key_file": str(tmp_path / "client.key")}
