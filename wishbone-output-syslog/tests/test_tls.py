"""TLS: certificates that the module trusts and shows."""

from __future__ import annotations

import pytest
import trustme
from cryptography.hazmat.primitives import serialization
from gevent import ssl
from receiver import arguments, messages, receiver

from wishbone.error import ModuleInitFailure
from wishbone_output_syslog import Syslog
from wishbone_testing import Harness, wait_until


@pytest.fixture
def authority(tmp_path):
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    return authority


@pytest.fixture
def server_context(authority):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("logs.example").configure_cert(context)
    return context


def test_tls_counts_octets(server_context, tmp_path):
    with receiver(context=server_context) as server:
        given = arguments(server, "tls", ca_file=str(tmp_path / "ca.pem"), server_name="logs.example")
        with Harness(Syslog, given) as syslog:
            for number in range(100):
                syslog.feed(number)
            wait_until(lambda: messages(server) == [b"%d" % number for number in range(100)])
            assert len(server.accepted) == 1
            length, _, _ = server.data.partition(b" ")
            assert server.data[len(length) + 1 + int(length) :][:2].isdigit()


def test_tls_shows_its_own_certificate(authority, server_context, tmp_path):
    server_context.verify_mode = ssl.CERT_REQUIRED
    authority.configure_trust(server_context)
    own = authority.issue_cert("client.example")
    own.private_key_and_cert_chain_pem.write_to_path(tmp_path / "own.pem")
    with receiver(context=server_context) as server:
        given = arguments(server, "tls", ca_file=str(tmp_path / "ca.pem"), server_name="logs.example")
        with Harness(Syslog, {**given, "cert_file": str(tmp_path / "own.pem")}) as syslog:
            syslog.feed("hello")
            wait_until(lambda: messages(server) == [b"hello"])
            assert server.accepted[0].getpeercert()["subjectAltName"] == (("DNS", "client.example"),)


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_no_event_is_lost_to_a_receiver_that_asks_for_a_certificate(
    authority, server_context, tmp_path, version
):
    server_context.verify_mode = ssl.CERT_REQUIRED
    authority.configure_trust(server_context)
    server_context.minimum_version = server_context.maximum_version = version
    with receiver(context=server_context) as server:
        given = arguments(server, "tls", ca_file=str(tmp_path / "ca.pem"), server_name="logs.example")
        syslog = Harness(Syslog, given, unconnected=["failed"])
        syslog.router.start()
        settlement = syslog.feed_acknowledged("secret")
        wait_until(lambda: any("next attempt" in text for text in syslog.messages()))
        assert not settlement.done
        syslog.stop(timeout=0)
        assert settlement.wait().failed


@pytest.mark.parametrize(("name", "own_authority"), [("other.example", True), ("logs.example", False)])
def test_tls_refuses_a_wrong_name_and_a_wrong_authority(server_context, tmp_path, name, own_authority):
    if not own_authority:
        trustme.CA().cert_pem.write_to_path(tmp_path / "ca.pem")
    with receiver(context=server_context) as server:
        given = arguments(server, "tls", ca_file=str(tmp_path / "ca.pem"), server_name=name)
        syslog = Harness(Syslog, given, unconnected=["failed"])
        syslog.router.start()
        settlement = syslog.feed_acknowledged("secret")
        wait_until(lambda: any("certificate verify failed" in text for text in syslog.messages()))
        assert not settlement.done
        syslog.stop(timeout=0)
        assert settlement.wait().failed
        assert server.data == b""


def test_tls_takes_any_certificate_without_verification(server_context):
    with receiver(context=server_context) as server:
        given = arguments(server, "tls", verify=False)
        with Harness(Syslog, given) as syslog:
            syslog.feed("hello")
            wait_until(lambda: messages(server) == [b"hello"])


def test_encrypted_key_is_refused_without_its_password(authority, server_context, tmp_path):
    own = authority.issue_cert("client.example")
    own.cert_chain_pems[0].write_to_path(tmp_path / "own.pem")
    key = serialization.load_pem_private_key(own.private_key_pem.bytes(), None)
    encryption = serialization.BestAvailableEncryption(b"open sesame")
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, encryption)
    (tmp_path / "own.key").write_bytes(pem)
    files = {"cert_file": str(tmp_path / "own.pem"), "key_file": str(tmp_path / "own.key")}
    with receiver(context=server_context) as server:
        given = arguments(server, "tls", verify=False, **files)
        with pytest.raises(ModuleInitFailure, match="is encrypted: set 'key_password'"):
            Harness(Syslog, given).router.start()
        with Harness(Syslog, {**given, "key_password": "open sesame"}) as syslog:
            syslog.feed("hello")
            wait_until(lambda: messages(server) == [b"hello"])


def test_cannot_start_without_the_certificates(tmp_path):
    with pytest.raises(ModuleInitFailure, match=r"'ca_file' '.*missing.pem' cannot be used"):
        Harness(Syslog, {"transport": "tls", "ca_file": str(tmp_path / "missing.pem")}).router.start()


def test_renewed_certificate_is_shown_to_new_connections(authority, server_context, tmp_path):
    server_context.verify_mode = ssl.CERT_REQUIRED
    authority.configure_trust(server_context)
    own = tmp_path / "own.pem"

    def renew(name):
        authority.issue_cert(name).private_key_and_cert_chain_pem.write_to_path(own)

    def name_shown(text):
        """Send a text over a connection of its own."""
        syslog.feed(text)
        wait_until(lambda: messages(server)[-1:] == [text.encode()])
        peer = server.accepted.pop()
        ((_, name),) = peer.getpeercert()["subjectAltName"]
        peer.shutdown(2)
        return name

    renew("old.example")
    with receiver(context=server_context) as server:
        given = arguments(server, "tls", ca_file=str(tmp_path / "ca.pem"), server_name="logs.example")
        with Harness(Syslog, {**given, "cert_file": str(own)}) as syslog:
            assert name_shown("one") == "old.example"
            own.write_text("half of a certi")
            assert name_shown("two") == "old.example"
            assert any(f"{own}" in text and "stay in use" in text for text in syslog.messages())
            renew("new.example")
            assert name_shown("three") == "new.example"
