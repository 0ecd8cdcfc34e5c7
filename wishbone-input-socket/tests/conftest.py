from __future__ import annotations

import sys
from pathlib import Path

import pytest
import trustme

sys.path.insert(0, str(Path(__file__).parent))

from senders import connect as open_connection


@pytest.fixture
def connect():
    """Open connections, and close them at the end."""
    opened = []

    def connect(module):
        opened.append(open_connection(module))
        return opened[-1]

    yield connect
    for peer in opened:
        peer.close()


@pytest.fixture
def authority(tmp_path):
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    return authority


@pytest.fixture
def server_files(authority, tmp_path):
    """The arguments of a server that has a certificate, and asks for those of its authority."""
    issued = authority.issue_cert("server.example")
    issued.private_key_pem.write_to_path(tmp_path / "server.key")
    for number, pem in enumerate(issued.cert_chain_pems):
        pem.write_to_path(tmp_path / "server.pem", append=bool(number))
    return {
        "cert_file": str(tmp_path / "server.pem"),
        "key_file": str(tmp_path / "server.key"),
        "ca_file": str(tmp_path / "ca.pem"),
    }


@pytest.fixture
def client_files(authority, tmp_path):
    """The paths of a client's certificate and its key."""
    issued = authority.issue_cert("client.example")
    issued.private_key_pem.write_to_path(tmp_path / "client.key")
    issued.cert_chain_pems[0].write_to_path(tmp_path / "client.pem")
    return str(tmp_path / "client.pem"), str(tmp_path / "client.key")
