from __future__ import annotations

import sys
from pathlib import Path

import pytest
import trustme
from cryptography.hazmat.primitives import serialization

from wishbone import Actor, ActorConfig
from wishbone_testing import Harness

sys.path.insert(0, str(Path(__file__).parent))

from certificates import write_certificate


class Idle(Actor):
    """A module that does only what a test does with it."""

    def __init__(self, config: ActorConfig) -> None:
        super().__init__(config)
        self.pool.createQueue("inbox")


@pytest.fixture
def idle():
    """A running module, in its harness."""
    with Harness(Idle) as harness:
        yield harness


@pytest.fixture
def authority(tmp_path):
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    return authority


@pytest.fixture
def server_files(authority, tmp_path):
    """The certificate and the key of a server, by the names of the arguments."""
    return write_certificate(authority, tmp_path, "server.example")


@pytest.fixture
def encrypted_files(authority, tmp_path):
    """The same, with a key whose password is `open sesame`."""
    issued = authority.issue_cert("server.example")
    issued.cert_chain_pems[0].write_to_path(tmp_path / "encrypted.pem")
    key = serialization.load_pem_private_key(issued.private_key_pem.bytes(), None)
    encrypted = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(b"open sesame"),
    )
    (tmp_path / "encrypted.key").write_bytes(encrypted)
    return {"cert_file": str(tmp_path / "encrypted.pem"), "key_file": str(tmp_path / "encrypted.key")}
