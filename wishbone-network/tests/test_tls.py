from __future__ import annotations

import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import gevent
import pytest
import trustme
from certificates import write_certificate
from gevent import ssl
from logs import says

from wishbone.error import ConfigError
from wishbone_network import (
    accept_connections,
    bound_address,
    certificate_name,
    client_tls,
    connect_tcp,
    listen_tcp,
    server_tls,
    start_tls,
    tls,
)
from wishbone_testing import wait_until

CURE = "set 'tls' to true"


@contextmanager
def serving(idle, tls):
    """Greet each peer over TLS; yield the address and the list of what went wrong."""
    (listener,) = listen_tcp("127.0.0.1", 0)
    errors = []

    def greet(accepted):
        try:
            with tls.context.wrap_socket(accepted, server_side=True) as secured:
                secured.sendall((certificate_name(secured.getpeercert()) or "-").encode())
        except OSError as error:
            errors.append(str(error))

    idle.module.sendToBackground(
        accept_connections, idle.module, listener, lambda accepted, _: gevent.spawn(greet, accepted)
    )
    yield bound_address(listener), errors
    listener.close()


def server_of(idle, **arguments):
    made = server_tls(idle.module, **arguments)
    made.load()
    return made


def client_of(idle, tmp_path, **more):
    arguments = {"ca_file": str(tmp_path / "ca.pem"), "server_name": "server.example", **more}
    made = client_tls(idle.module, enabled=True, cure=CURE, **arguments)
    made.load()
    return made


def name_shown(address, client):
    with connect_tcp(address, 5, client) as secured:
        secured.recv(100)
        return certificate_name(secured.getpeercert())


@pytest.mark.parametrize("minimum", ["1.2", "1.3"])
def test_server_and_client_agree_and_show_their_certificates(
    idle, authority, server_files, tmp_path, minimum
):
    (tmp_path / "client").mkdir()
    own = write_certificate(authority, tmp_path / "client", "client.example")
    server = server_of(idle, **server_files, ca_file=str(tmp_path / "ca.pem"), tls_minimum=minimum)
    client = client_of(idle, tmp_path, tls_minimum=minimum, **own)
    with serving(idle, server) as (address, _), connect_tcp(address, 5, client) as secured:
        assert secured.recv(100) == b"client.example"
        assert certificate_name(secured.getpeercert()) == "server.example"


def test_client_without_a_certificate_is_refused_where_one_is_needed(idle, server_files, authority, tmp_path):
    server = server_of(idle, **server_files, ca_file=str(tmp_path / "ca.pem"))
    with serving(idle, server) as (address, errors):
        with (
            pytest.raises(OSError, match="certificate required"),
            connect_tcp(address, 5, client_of(idle, tmp_path)) as secured,
        ):
            secured.recv(1)
        wait_until(lambda: any("peer did not return a certificate" in text for text in errors))


@pytest.mark.parametrize("arguments", [{"server_name": "other.example"}, {"ca_file": None}])
def test_client_refuses_a_wrong_name_and_an_unknown_authority(idle, server_files, tmp_path, arguments):
    with serving(idle, server_of(idle, **server_files)) as (address, _):
        with pytest.raises(ssl.SSLError, match="certificate verify failed"):
            connect_tcp(address, 5, client_of(idle, tmp_path, **arguments))
        anything = client_of(idle, tmp_path, **arguments, verify=False)
        connect_tcp(address, 5, anything).close()


def test_tls_is_started_on_an_open_connection(idle, server_files, tmp_path):
    with (
        serving(idle, server_of(idle, **server_files)) as (address, _),
        start_tls(connect_tcp(address, 5), client_of(idle, tmp_path), address.host) as secured,
    ):
        assert certificate_name(secured.getpeercert()) == "server.example"


def test_older_version_is_refused(idle, server_files, tmp_path):
    client = client_of(idle, tmp_path)
    client.context.maximum_version = ssl.TLSVersion.TLSv1_2
    with (
        serving(idle, server_of(idle, **server_files, tls_minimum="1.3")) as (address, _),
        pytest.raises((ssl.SSLError, ConnectionError)),
    ):
        connect_tcp(address, 5, client)


def test_server_that_does_not_answer_the_handshake_is_given_up_in_time(idle, authority, tmp_path):
    (listener,) = listen_tcp("127.0.0.1", 0)
    with listener, pytest.raises(TimeoutError):
        connect_tcp(bound_address(listener), 0.1, client_of(idle, tmp_path))


def test_protocols_are_offered(idle, server_files, tmp_path):
    client = client_of(idle, tmp_path)
    client.context.set_alpn_protocols(["h2", "http/1.1"])
    with (
        serving(idle, server_of(idle, **server_files, alpn=["http/1.1"])) as (address, _),
        connect_tcp(address, 5, client) as secured,
    ):
        assert secured.selected_alpn_protocol() == "http/1.1"


def test_encrypted_key_is_opened_with_its_password(idle, encrypted_files, tmp_path):
    server = server_of(idle, **encrypted_files, key_password="open sesame")
    with serving(idle, server) as (address, _):
        assert name_shown(address, client_of(idle, tmp_path)) == "server.example"
    assert "sesame" not in repr(server) + " ".join(idle.messages())


WRONG = [
    ({}, r"The key in '.*encrypted.key' is encrypted: set 'key_password'"),
    ({"key_password": "open barley"}, r"'cert_file' .* cannot be used: .*, with its key_password"),
    ({"cert_file": "missing.pem"}, r"'cert_file' 'missing.pem' with 'key_file' .*: .*No such file"),
    ({"key_password": "open sesame", "ca_file": "missing.pem"}, r"'ca_file' 'missing.pem' cannot be used: "),
]


@pytest.mark.parametrize(("given", "message"), WRONG)
def test_files_that_cannot_be_used_are_named_with_the_cause(idle, encrypted_files, given, message):
    arguments = {**encrypted_files, **given}
    for made in (
        server_tls(idle.module, **arguments),
        client_tls(idle.module, enabled=True, cure=CURE, **arguments),
    ):
        with pytest.raises(ConfigError, match=message) as caught:
            made.load()
        assert "barley" not in str(caught.value)


ASKS = """
import sys
from wishbone import Actor, ActorConfig
from wishbone_network import server_tls
try:
    server_tls(Actor(ActorConfig("m")), cert_file=sys.argv[1], key_file=sys.argv[2]).load()
except Exception as error:
    print(error)
"""


def test_nothing_is_asked_on_the_terminal_for_an_encrypted_key(encrypted_files):
    done = subprocess.run(
        ["setsid", sys.executable, "-c", ASKS, *encrypted_files.values()],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
        stdin=subprocess.DEVNULL,
    )
    assert "set 'key_password'" in done.stdout
    assert done.stderr == ""


@pytest.mark.parametrize("name", ["key_file", "key_password", "ca_file"])
def test_argument_that_needs_a_certificate_is_refused_without_one(idle, name):
    with pytest.raises(ConfigError, match=f"module 'module' are wrong. '{name}' needs the 'cert_file'"):
        server_tls(idle.module, cert_file=None, **{name: "x"})


@pytest.mark.parametrize("name", ["key_file", "key_password"])
def test_key_of_a_client_needs_its_certificate(idle, name):
    with pytest.raises(ConfigError, match=f"module 'module' are wrong. '{name}' needs the 'cert_file'"):
        client_tls(idle.module, enabled=True, cure=CURE, **{name: "x"})


@pytest.mark.parametrize("name", ["ca_file", "cert_file", "key_file", "key_password", "server_name"])
def test_argument_for_tls_is_refused_without_tls(idle, name):
    with pytest.raises(ConfigError, match=f"module 'module' are wrong. '{name}' is for TLS: {CURE}"):
        client_tls(idle.module, enabled=False, cure=CURE, **{name: "x"})


def test_modules_without_tls_get_none(idle):
    assert server_tls(idle.module, cert_file=None) is None
    assert client_tls(idle.module, enabled=False, cure=CURE) is None


def test_server_shows_a_renewed_certificate_and_keeps_the_previous_one_until_then(
    idle, authority, server_files, tmp_path, monkeypatch
):
    monkeypatch.setattr(tls, "WATCH_SECONDS", 0.02)
    server = server_of(idle, **server_files)
    client = client_of(idle, tmp_path)
    client.context.check_hostname = False
    renewed = []
    idle.module.sendToBackground(server.watch, renewed.append)
    with serving(idle, server) as (address, _):
        assert name_shown(address, client) == "server.example"
        Path(server_files["cert_file"]).write_text("half of a certi")
        says(idle, "The previous certificates stay in use")
        says(idle, server_files["cert_file"])
        assert name_shown(address, client) == "server.example"
        write_certificate(authority, tmp_path, "renewed.example")
        wait_until(lambda: name_shown(address, client) == "renewed.example")
    says(idle, "The certificates were renewed.")
    assert renewed[-1] is server.context


def test_running_server_keeps_its_certificate_when_the_key_becomes_an_encrypted_one(
    idle, server_files, encrypted_files, tmp_path
):
    server = server_of(idle, **server_files)
    before = server.context
    Path(server_files["key_file"]).write_bytes(Path(encrypted_files["key_file"]).read_bytes())
    assert not server.refresh()
    assert server.context is before
    says(idle, "is encrypted: set 'key_password'. The previous certificates stay in use.")
    assert not server.refresh()
    idle.module.logging.info("later")
    says(idle, "later")
    assert len([text for text in idle.messages() if "is encrypted" in text]) == 1


def test_client_shows_a_renewed_certificate_at_its_next_connection(idle, authority, server_files, tmp_path):
    (tmp_path / "client").mkdir()
    own = write_certificate(authority, tmp_path / "client", "client.example")
    client = client_of(idle, tmp_path, **own)
    server = server_of(idle, **server_files, ca_file=str(tmp_path / "ca.pem"))
    with serving(idle, server) as (address, _):
        with connect_tcp(address, 5, client) as secured:
            assert secured.recv(100) == b"client.example"
        write_certificate(authority, tmp_path / "client", "renewed.example")
        with connect_tcp(address, 5, client) as secured:
            assert secured.recv(100) == b"renewed.example"


def test_authority_that_is_replaced_is_trusted_at_the_next_connection(idle, server_files, tmp_path):
    other = trustme.CA()
    own = Path(tmp_path / "ca.pem").read_bytes()
    other.cert_pem.write_to_path(tmp_path / "ca.pem")
    client = client_of(idle, tmp_path)
    with serving(idle, server_of(idle, **server_files)) as (address, _):
        with pytest.raises(ssl.SSLError, match="certificate verify failed"):
            connect_tcp(address, 5, client)
        Path(tmp_path / "ca.pem").write_bytes(own)
        connect_tcp(address, 5, client).close()


def test_files_are_read_again_when_their_permissions_change(idle, server_files):
    server = server_of(idle, **server_files)
    assert not server.refresh()
    Path(server_files["key_file"]).chmod(0o400)
    assert server.refresh()


COMMON_NAME = ((("organizationName", "Example"),), (("commonName", "client"),))


@pytest.mark.parametrize(
    ("certificate", "name"),
    [
        (None, None),
        ({}, None),
        ({"subject": COMMON_NAME}, "client"),
        ({"subject": COMMON_NAME, "subjectAltName": (("DNS", "one"), ("DNS", "two"))}, "one"),
        ({"subject": COMMON_NAME[:1]}, None),
    ],
)
def test_name_of_a_certificate_is_its_first_alternative_name_or_its_common_name(certificate, name):
    assert certificate_name(certificate) == name
