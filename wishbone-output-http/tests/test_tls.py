"""TLS: which certificates are accepted, and which is shown."""

from __future__ import annotations

import pytest
from gevent import ssl
from http_server import reply

from wishbone_output_http import Http
from wishbone_testing import Harness, wait_until

QUICK = {"pause": 0.01, "longest_pause": 0.05, "breaker_failures": 0}


def server_context(authority, name="localhost"):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name).configure_cert(context)
    return context


def https(server, directory, **more):
    arguments = {
        "url": f"https://localhost:{server.port}/",
        "ca_file": f"{directory}/ca.pem",
        **QUICK,
        **more,
    }
    return Harness(Http, arguments, unconnected=["failed"])


def test_tls_connection_is_reused(serve, authority, tmp_path):
    server = serve(context=server_context(authority))
    with https(server, tmp_path) as module:
        assert all(module.feed_acknowledged(number).wait().acknowledged for number in range(5))
    assert server.connections == 1


@pytest.mark.parametrize(("name", "trusted"), [("other.example", True), ("localhost", False)])
def test_wrong_name_and_unknown_authority_are_refused(serve, authority, tmp_path, name, trusted):
    server = serve(context=server_context(authority, name))
    if not trusted:
        authority.__class__().cert_pem.write_to_path(tmp_path / "ca.pem")
    with https(server, tmp_path, retries=1) as module:
        assert module.feed_acknowledged("secret").wait().failed
        assert any("certificate verify failed" in text for text in module.messages())
    assert server.asked == []


def test_server_name_replaces_the_host(serve, authority, tmp_path):
    server = serve(context=server_context(authority, "other.example"))
    with https(server, tmp_path, server_name="other.example") as module:
        assert module.feed_acknowledged("x").wait().acknowledged


def test_any_certificate_is_accepted_without_verification(serve, authority, tmp_path):
    server = serve(context=server_context(authority, "other.example"))
    arguments = {"url": f"https://localhost:{server.port}/", "verify": False, **QUICK}
    with Harness(Http, arguments) as module:
        assert module.feed_acknowledged("x").wait().acknowledged


def test_server_without_tls_is_a_lost_connection(serve, authority, tmp_path):
    server = serve(b"not at all\r\n\r\n")
    with https(server, tmp_path, retries=1, connect_timeout=0.2) as module:
        assert module.feed_acknowledged("x").wait().failed


def test_renewed_certificate_is_shown_on_new_connections(serve, authority, tmp_path):
    context = server_context(authority)
    context.verify_mode = ssl.CERT_REQUIRED
    authority.configure_trust(context)
    shown = []

    def note(peer):
        shown.append(peer.getpeercert()["subjectAltName"][0][1])
        peer.sendall(reply(200, Connection="close"))

    def renew(name):
        authority.issue_cert(name).private_key_and_cert_chain_pem.write_to_path(own)

    own = tmp_path / "own.pem"
    renew("old.example")
    server = serve(note, context=context)
    with https(server, tmp_path, cert_file=str(own)) as module:
        assert module.feed_acknowledged(1).wait().acknowledged
        own.write_text("half of a certi")
        assert module.feed_acknowledged(2).wait().acknowledged
        wait_until(lambda: any(f"{own}" in text and "stay in use" in text for text in module.messages()))
        renew("new.example")
        assert module.feed_acknowledged(3).wait().acknowledged
        wait_until(lambda: any("were renewed" in text for text in module.messages()))
    assert shown == ["old.example", "old.example", "new.example"]
