"""TLS with real clients."""

from __future__ import annotations

import shutil
import subprocess

import gevent
import pytest
import trustme
from gevent import ssl
from http_client import Client, post, request
from pipeline import running

from wishbone.error import ModuleInitFailure
from wishbone_network import tls
from wishbone_testing import wait_until

needs_curl = pytest.mark.skipif(shutil.which("curl") is None, reason="needs curl: apt-get install curl")
needs_openssl = pytest.mark.skipif(
    shutil.which("openssl") is None, reason="needs openssl: apt-get install openssl"
)


@pytest.fixture(scope="module")
def authority():
    return trustme.CA()


@pytest.fixture
def files(authority, tmp_path):
    """The files of a server and of a client, by the names of the arguments."""
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    for name in ("server", "client"):
        certificate = authority.issue_cert("localhost", "127.0.0.1")
        certificate.private_key_pem.write_to_path(tmp_path / f"{name}.key")
        certificate.cert_chain_pems[0].write_to_path(tmp_path / f"{name}.pem")
    return tmp_path


def arguments(files, **more):
    return {"cert_file": f"{files}/server.pem", "key_file": f"{files}/server.key", **more}


def trusting(authority):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    authority.configure_trust(context)
    return context


def run(*command, **options):
    """Run a program while the server goes on."""
    return gevent.get_hub().threadpool.apply(
        subprocess.run,
        (command,),
        {"capture_output": True, "text": True, "timeout": 20, "check": False, **options},
    )


@needs_curl
def test_curl_posts_over_tls(files):
    with running(arguments(files)) as pipeline:
        url = f"https://127.0.0.1:{pipeline.port}/a"
        done = run("curl", "-sS", "--cacert", f"{files}/ca.pem", "-d", "1", url, url)
        assert done.stdout == '{"events":1}' * 2, done.stderr
        assert pipeline.output.payloads == [1, 1]


@needs_curl
def test_client_without_a_certificate_is_refused_where_one_is_required(files):
    with running(arguments(files, ca_file=f"{files}/ca.pem")) as pipeline:
        url = f"https://127.0.0.1:{pipeline.port}/"
        curl = ("curl", "-sS", "--cacert", f"{files}/ca.pem", "-d", "1", url)
        assert run(*curl).returncode != 0
        own = ("--cert", f"{files}/client.pem", "--key", f"{files}/client.key")
        assert run(*curl, *own).stdout == '{"events":1}'
        assert pipeline.output.payloads == [1]


@needs_openssl
def test_openssl_negotiates_modern_tls_and_http(files):
    with running(arguments(files)) as pipeline:
        command = ("openssl", "s_client", "-connect", f"127.0.0.1:{pipeline.port}", "-alpn", "h2,http/1.1")
        trust = ("-CAfile", f"{files}/ca.pem", "-verify_return_error", "-ign_eof")
        text = request("1", headers={"Connection": "close"}).decode()
        done = run(*command, *trust, input=text)
        assert "TLSv1.3" in done.stdout
        assert "ALPN protocol: http/1.1" in done.stdout
        assert "HTTP/1.1 200 OK" in done.stdout
        old = run(*command, "-tls1_1", "-cipher", "ALL:@SECLEVEL=0", input="")
        assert old.returncode != 0


def test_client_that_does_not_speak_tls_is_disconnected(files):
    with running(arguments(files, header_timeout=0.2)) as pipeline:
        with Client(pipeline.port) as silent, Client(pipeline.port) as plain:
            plain.send(request("1"))
            assert silent.ended()
            wait_until(lambda: not pipeline.http._server.connections)
        assert not pipeline.output.payloads


def test_stalled_handshake_does_not_delay_a_stop(files):
    with running(arguments(files)) as pipeline, Client(pipeline.port) as silent:
        wait_until(lambda: any(connection.reading for connection in pipeline.http._server.connections))
        assert pipeline.router.stop(timeout=2) == []
        assert silent.ended()


def test_connection_is_reused_and_requests_are_answered_at_a_stop(files, authority):
    with running(arguments(files)) as pipeline, Client(pipeline.port, trusting(authority)) as client:
        assert client.request("1").status == client.request('"' + "x" * 100_000 + '"').status == 200
        pipeline.output.gate.clear()
        client.send(request("3"))
        wait_until(lambda: pipeline.http.pool.queue.outbox.in_total == 3)
        stopping = gevent.spawn(pipeline.router.stop, 5)
        wait_until(lambda: not pipeline.http.loop())
        pipeline.output.gate.set()
        assert client.receive().headers["Connection"] == "close"
        assert stopping.get(timeout=5) == []


def test_idle_connection_does_not_delay_a_stop(files, authority):
    with running(arguments(files)) as pipeline, Client(pipeline.port, trusting(authority)) as client:
        assert client.request("1").status == 200
        assert gevent.spawn(pipeline.router.stop, 5).get(timeout=2) == []


def test_timeouts_apply_over_tls(files, authority):
    with running(arguments(files, header_timeout=0.5, idle_timeout=0.1)) as pipeline:
        with Client(pipeline.port, trusting(authority)) as client:
            client.send(request("1")[:-10])
            assert client.receive().status == 408
        with Client(pipeline.port, trusting(authority)) as client:
            assert client.request("1").status == 200
            assert client.ended()
        assert not any("lost" in text for text in pipeline.messages)


def test_client_still_sending_over_tls_can_read_why_it_was_refused(files, authority):
    with running(arguments(files, max_body=1000)) as pipeline:
        answer = post(pipeline.port, b"x" * 500_000, context=trusting(authority))
        assert answer.status == 413


def test_renewed_certificate_is_used_for_new_connections(files, authority, monkeypatch):
    monkeypatch.setattr(tls, "WATCH_SECONDS", 0.02)

    def names_shown(client):
        return {name for _, name in client.socket.getpeercert()["subjectAltName"]}

    with running(arguments(files)) as pipeline, Client(pipeline.port, trusting(authority)) as old:
        (files / "server.pem").write_text("half of a certi")
        wait_until(lambda: any("The previous certificates stay in use" in text for text in pipeline.messages))
        assert any(f"{files}/server.pem" in text for text in pipeline.messages)
        assert post(pipeline.port, "1", context=trusting(authority)).status == 200
        renewed = authority.issue_cert("localhost", "renewed.example")
        renewed.private_key_pem.write_to_path(files / "server.key")
        renewed.cert_chain_pems[0].write_to_path(files / "server.pem")
        wait_until(lambda: any("were renewed" in text for text in pipeline.messages))
        with Client(pipeline.port, trusting(authority)) as new:
            assert "renewed.example" in names_shown(new)
        assert "renewed.example" not in names_shown(old)
        assert old.request("2").status == 200


@needs_openssl
def test_encrypted_key_needs_its_password(files):
    run(
        "openssl",
        "pkey",
        "-aes128",
        "-passout",
        "pass:sesame",
        "-in",
        f"{files}/server.key",
        "-out",
        f"{files}/x.key",
    )
    encrypted = arguments(files, key_file=f"{files}/x.key")
    with pytest.raises(ModuleInitFailure, match="is encrypted: set 'key_password'"), running(encrypted):
        pass
    with running({**encrypted, "key_password": "sesame"}) as pipeline:
        assert pipeline.port
