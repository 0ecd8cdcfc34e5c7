from __future__ import annotations

import pytest
import trustme
from cryptography.hazmat.primitives import serialization
from gevent import ssl
from receivers import says

from wishbone.error import ModuleInitFailure
from wishbone_output_socket import Tcp
from wishbone_testing import Harness, wait_until


@pytest.fixture
def server(receiver, server_context):
    return receiver(context=server_context)


@pytest.fixture
def secure(server, tmp_path):
    """The arguments for sending to the server."""
    return {
        "destination": server.destination,
        "tls": True,
        "ca_file": str(tmp_path / "ca.pem"),
        "server_name": "server.example",
    }


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_events_arrive_in_order_over_one_connection(server, server_context, secure, version):
    server_context.minimum_version = server_context.maximum_version = version
    with Harness(Tcp, secure) as tcp:
        settlements = [tcp.feed_acknowledged(f"{number} {'x' * 100}") for number in range(2000)]
        assert [line.split()[0] for line in server.wait(2000)] == [str(number) for number in range(2000)]
        assert all(settlement.wait().acknowledged for settlement in settlements)
    assert len(server.streams) == 1
    assert server.errors == []


def test_shows_its_own_certificate(authority, server, server_context, secure, client_files):
    server_context.verify_mode = ssl.CERT_REQUIRED
    authority.configure_trust(server_context)
    with Harness(Tcp, {**secure, **client_files}) as tcp:
        tcp.feed("hello")
        assert server.wait(1) == ["hello"]
        assert server.accepted[0].getpeercert()["subjectAltName"] == (("DNS", "client.example"),)


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_no_event_is_lost_to_a_peer_that_does_not_take_its_certificate(
    authority, server, server_context, secure, version
):
    server_context.verify_mode = ssl.CERT_REQUIRED
    authority.configure_trust(server_context)
    server_context.minimum_version = server_context.maximum_version = version
    tcp = Harness(Tcp, secure, unconnected=["failed"])
    with tcp:
        settlement = tcp.feed_acknowledged("secret")
        says(tcp, "Cannot reach")
        assert not settlement.done
        tcp.stop(timeout=0)
    assert settlement.wait().failed
    assert server.data == b""


@pytest.mark.parametrize(("name", "own_authority"), [("other.example", True), ("server.example", False)])
def test_refuses_a_wrong_name_and_a_wrong_authority(server, secure, tmp_path, name, own_authority):
    if not own_authority:
        trustme.CA().cert_pem.write_to_path(tmp_path / "ca.pem")
    tcp = Harness(Tcp, {**secure, "server_name": name}, unconnected=["failed"])
    with tcp:
        settlement = tcp.feed_acknowledged("secret")
        says(tcp, "certificate verify failed")
        tcp.stop(timeout=0)
    assert settlement.wait().failed
    assert server.data == b""


def test_takes_any_certificate_without_verification(server):
    with Harness(Tcp, {"destination": server.destination, "tls": True, "verify": False}) as tcp:
        tcp.feed("hello")
        assert server.wait(1) == ["hello"]


def test_refuses_a_peer_that_speaks_only_an_older_version(server, server_context, secure):
    server_context.maximum_version = ssl.TLSVersion.TLSv1_2
    with Harness(Tcp, {**secure, "tls_minimum": "1.3"}) as tcp:
        says(tcp, "Cannot reach")
        assert server.data == b""


def test_peer_that_does_not_answer_the_handshake_is_given_up_in_time(receiver, secure):
    silent = receiver()
    with Harness(Tcp, {**secure, "destination": silent.destination, "timeout": 0.2}) as tcp:
        says(tcp, "Cannot reach")


def test_notices_that_the_peer_has_closed_before_it_writes(server, secure, monkeypatch):
    monkeypatch.setattr("wishbone_output_socket.destination.STABLE_SECONDS", 0)
    with Harness(Tcp, secure) as tcp:
        for number in range(5):
            tcp.feed(number)
            server.wait(number + 1)
            server.hang_up()
        assert server.lines == [str(number) for number in range(5)]


@pytest.fixture
def encrypted_files(authority, tmp_path):
    issued = authority.issue_cert("client.example")
    issued.cert_chain_pems[0].write_to_path(tmp_path / "client.pem")
    key = serialization.load_pem_private_key(issued.private_key_pem.bytes(), None)
    encrypted = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(b"open sesame"),
    )
    (tmp_path / "client.key").write_bytes(encrypted)
    return {"cert_file": str(tmp_path / "client.pem"), "key_file": str(tmp_path / "client.key")}


def test_encrypted_key_is_opened_with_its_password(server, secure, encrypted_files):
    with Harness(Tcp, {**secure, **encrypted_files, "key_password": "open sesame"}) as tcp:
        tcp.feed("hello")
        assert server.wait(1) == ["hello"]
        assert not any("sesame" in text for text in tcp.messages())


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({}, "is encrypted: set 'key_password'"),
        ({"key_password": "open barley"}, "'cert_file' .* cannot be used"),
        ({"ca_file": "missing.pem"}, "'ca_file' 'missing.pem' cannot be used"),
    ],
)
def test_does_not_start_with_certificates_that_it_cannot_use(secure, encrypted_files, given, message):
    with pytest.raises(ModuleInitFailure, match=message) as caught:
        Harness(Tcp, {**secure, **encrypted_files, **given}).router.start()
    assert "barley" not in str(caught.value)


def test_renewed_certificate_is_shown_at_the_next_connection(
    authority, server, server_context, secure, client_files
):
    server_context.verify_mode = ssl.CERT_REQUIRED
    authority.configure_trust(server_context)

    def name_shown():
        (peer,) = wait_until(lambda: server.accepted)
        ((_, name),) = peer.getpeercert()["subjectAltName"]
        return name

    with Harness(Tcp, {**secure, **client_files}) as tcp:
        assert name_shown() == "client.example"
        issued = authority.issue_cert("renewed.example")
        issued.private_key_pem.write_to_path(client_files["key_file"])
        issued.cert_chain_pems[0].write_to_path(client_files["cert_file"])
        server.hang_up()
        assert tcp.feed_acknowledged("hello").wait().acknowledged
        assert name_shown() == "renewed.example"
