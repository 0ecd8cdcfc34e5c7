from __future__ import annotations

from pathlib import Path

import gevent
import pytest
import trustme
from cryptography.hazmat.primitives import serialization
from gevent import ssl
from senders import connected, is_closed, payloads, wait_for_connections

from wishbone.error import ModuleInitFailure
from wishbone_input_socket import Tcp
from wishbone_network import tls as tls_module
from wishbone_testing import Harness, wait_until

ANY_PORT = {"port": 0}


@pytest.fixture
def client_context(authority, client_files):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    authority.configure_trust(context)
    context.load_cert_chain(*client_files)
    return context


def secure(peer, context):
    peer.settimeout(10)
    return context.wrap_socket(peer, server_hostname="server.example")


def greet(peer, context):
    with secure(peer, context) as tls:
        tls.sendall(b"hello\n")
        tls.recv(1)  # where TLS 1.3 learns that its certificate is not accepted


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_notes_the_name_in_the_certificate_of_the_peer(server_files, client_context, version):
    client_context.minimum_version = client_context.maximum_version = version
    with Harness(Tcp, {**ANY_PORT, **server_files}, name="tcp") as tcp, connected(tcp.module) as peer:
        tls = secure(peer, client_context)
        tls.sendall(b"hello\n")
        assert tcp.receive().get("tmp.tcp.certificate") == "client.example"
        tls.unwrap().close()


def test_all_of_a_large_stream_arrives_in_order(server_files, client_context):
    lines = [f"{number} {'x' * 100}" for number in range(20_000)]
    with Harness(Tcp, {**ANY_PORT, **server_files}, size=10) as tcp, connected(tcp.module) as peer:
        tls = secure(peer, client_context)
        tls.sendall("".join(f"{line}\n" for line in lines).encode())
        assert payloads(tcp.receive_many(len(lines))) == lines
        tls.unwrap().close()


def test_peer_without_a_certificate_is_refused(authority, server_files):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    authority.configure_trust(context)
    with Harness(Tcp, {**ANY_PORT, **server_files}) as tcp, connected(tcp.module) as peer:
        with pytest.raises((ssl.SSLError, ConnectionError)):
            greet(peer, context)
        wait_until(lambda: any("peer did not return a certificate" in text for text in tcp.messages()))
        assert tcp.received() == []


def test_peer_with_a_certificate_of_another_authority_is_refused(authority, server_files):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    authority.configure_trust(context)
    trustme.CA().issue_cert("client.example").configure_cert(context)
    with Harness(Tcp, {**ANY_PORT, **server_files}) as tcp, connected(tcp.module) as peer:
        with pytest.raises((ssl.SSLError, ConnectionError)):
            greet(peer, context)
        wait_until(lambda: any("certificate verify failed" in text for text in tcp.messages()))
        assert tcp.received() == []


def test_peer_that_speaks_an_older_version_is_refused(server_files, client_context):
    client_context.maximum_version = ssl.TLSVersion.TLSv1_2
    given = {**ANY_PORT, **server_files, "tls_minimum": "1.3"}
    with Harness(Tcp, given) as tcp, connected(tcp.module) as peer:
        with pytest.raises((ssl.SSLError, ConnectionError)):
            secure(peer, client_context)
        wait_until(lambda: any("TLS handshake with" in text for text in tcp.messages()))


def test_peers_that_do_not_finish_the_handshake_delay_no_others_and_are_closed(
    server_files, client_context, connect
):
    given = {**ANY_PORT, **server_files, "handshake_timeout": 1}
    with Harness(Tcp, given) as tcp:
        silent = [connect(tcp.module) for _ in range(100)]
        for peer in silent[:50]:
            peer.sendall(b"\x16\x03\x01")  # the first bytes of a greeting
        wait_for_connections(tcp.module, 100)
        with connected(tcp.module) as peer, secure(peer, client_context) as tls:
            tls.sendall(b"hello\n")
            assert tcp.receive().data == "hello"
            assert len(tcp.module.server.connections) == 101
            closing = [gevent.spawn(is_closed, peer) for peer in silent]
            gevent.joinall(closing, timeout=10)
            assert all(closed.value for closed in closing)
            tls.sendall(b"again\n")
            assert tcp.receive().data == "again"
            tls.unwrap()


def test_stream_that_ends_without_the_end_of_tls_may_be_cut(server_files, client_context):
    with Harness(Tcp, {**ANY_PORT, **server_files}) as tcp, connected(tcp.module) as peer:
        tls = secure(peer, client_context)
        tls.sendall(b"one\ntw")
        assert tcp.receive().data == "one"
        tls.close()
        assert tcp.receive("failed").data == "tw"
        assert tcp.received() == []


def test_plain_text_is_refused_and_logged(server_files):
    with Harness(Tcp, {**ANY_PORT, **server_files}) as tcp, connected(tcp.module) as peer:
        peer.sendall(b"GET / HTTP/1.1\r\n\r\n")
        wait_until(lambda: any("TLS handshake with address 127.0.0.1" in text for text in tcp.messages()))


@pytest.fixture
def encrypted_files(authority, tmp_path):
    issued = authority.issue_cert("server.example")
    issued.cert_chain_pems[0].write_to_path(tmp_path / "server.pem")
    key = serialization.load_pem_private_key(issued.private_key_pem.bytes(), None)
    encrypted = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(b"open sesame"),
    )
    (tmp_path / "server.key").write_bytes(encrypted)
    return {"cert_file": str(tmp_path / "server.pem"), "key_file": str(tmp_path / "server.key")}


def test_encrypted_key_is_opened_with_its_password(encrypted_files, client_context):
    given = {**ANY_PORT, **encrypted_files, "key_password": "open sesame"}
    with Harness(Tcp, given) as tcp, connected(tcp.module) as peer, secure(peer, client_context) as tls:
        tls.sendall(b"hello\n")
        assert "certificate" not in tcp.receive().tmp["module"]
        assert not any("sesame" in text for text in tcp.messages())
        tls.unwrap().close()


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({}, "is encrypted: set 'key_password'"),
        ({"key_password": "open barley"}, "'cert_file' .* cannot be used"),
        ({"cert_file": "missing.pem"}, "'cert_file' 'missing.pem' .* cannot be used"),
    ],
)
def test_does_not_start_with_certificates_that_it_cannot_use(encrypted_files, given, message):
    with pytest.raises(ModuleInitFailure, match=message) as caught:
        Harness(Tcp, {**ANY_PORT, **encrypted_files, **given}).router.start()
    assert "barley" not in str(caught.value)


def write_certificate(authority, server_files, name):
    issued = authority.issue_cert(name)
    issued.private_key_pem.write_to_path(server_files["key_file"])
    issued.cert_chain_pems[0].write_to_path(server_files["cert_file"])


def test_renewed_certificate_is_shown_to_new_connections(
    authority, server_files, client_context, monkeypatch
):
    monkeypatch.setattr(tls_module, "WATCH_SECONDS", 0.02)
    client_context.check_hostname = False
    with Harness(Tcp, {**ANY_PORT, **server_files}) as tcp:

        def name_shown():
            with connected(tcp.module) as peer, secure(peer, client_context) as tls:
                ((_, name),) = tls.getpeercert()["subjectAltName"]
                return name

        assert name_shown() == "server.example"
        Path(server_files["cert_file"]).write_text("half of a certi")
        wait_until(lambda: any("The previous certificates stay in use" in text for text in tcp.messages()))
        assert name_shown() == "server.example"
        write_certificate(authority, server_files, "renewed.example")
        wait_until(lambda: name_shown() == "renewed.example")


def test_half_of_a_handshake_is_dropped_by_a_stop(server_files, connect):
    with Harness(Tcp, {**ANY_PORT, **server_files}) as tcp:
        peer = connect(tcp.module)
        wait_for_connections(tcp.module, 1)
    assert is_closed(peer)
