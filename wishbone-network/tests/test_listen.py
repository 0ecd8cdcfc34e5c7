from __future__ import annotations

import errno
import stat
from pathlib import Path

import pytest
from gevent import socket

from wishbone.error import ConfigError
from wishbone_network import UnixAddress, bind_udp, bound_address, connect_tcp, connect_unix, listen_tcp

LOCAL = "127.0.0.1"


@pytest.fixture
def close():
    """Close sockets at the end."""
    opened = []
    yield opened.extend
    for each in opened:
        each.close()


@pytest.mark.parametrize("listen", [listen_tcp, bind_udp])
def test_port_in_use_is_refused_with_its_cure(listen, close):
    (first,) = listen(LOCAL, 0)
    close([first])
    port = bound_address(first).port
    message = rf"Cannot listen on 127\.0\.0\.1:{port}: Address already in use\. .*'reuse_port' in both"
    with pytest.raises(ConfigError, match=message):
        listen(LOCAL, port)


@pytest.mark.parametrize("listen", [listen_tcp, bind_udp])
def test_port_is_shared_when_both_ask_for_it(listen, close):
    (first,) = listen(LOCAL, 0, reuse_port=True)
    close([first])
    close(listen(LOCAL, bound_address(first).port, reuse_port=True))


@pytest.mark.parametrize("host", ["no-such-host.invalid", "192.0.2.1", "no..name"])
def test_host_that_is_not_of_this_machine_is_refused_with_its_cure(host):
    with pytest.raises(ConfigError, match=f"Cannot listen on {host}:0: .*Set 'host' to a name or an address"):
        listen_tcp(host, 0)


def test_privileged_port_is_refused_with_its_cure(monkeypatch):
    def bind(self, address):
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(socket.socket, "bind", bind)
    with pytest.raises(ConfigError, match=r"Permission denied\. Choose a 'port' above 1023"):
        listen_tcp(LOCAL, 80)


def test_name_that_is_found_twice_is_listened_on_once(monkeypatch):
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (LOCAL, 0))] * 2
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
    (listener,) = listen_tcp("localhost", 0)
    listener.close()


def test_address_of_a_family_that_this_machine_does_not_use_is_left_out(monkeypatch, close):
    found = [
        (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("192.0.2.1", 0)),
        (socket.AF_INET, socket.SOCK_STREAM, 6, "", (LOCAL, 0)),
    ]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
    listeners = listen_tcp("localhost", 0)
    close(listeners)
    assert [bound_address(each).host for each in listeners] == [LOCAL]


def test_ipv6_is_told_from_ipv4(close):
    try:
        listeners = listen_tcp("::1", 0)
    except ConfigError:
        pytest.skip("needs IPv6 on the loopback interface")
    close(listeners)
    address = bound_address(listeners[0])
    assert str(address) == f"[::1]:{address.port}"
    connect_tcp(address, 5).close()
    with pytest.raises(ConnectionRefusedError):
        connect_tcp(address._replace(host=LOCAL), 5)


@pytest.fixture
def path(tmp_path):
    return str(tmp_path / "socket")


@pytest.mark.parametrize("kind", [socket.SOCK_STREAM, socket.SOCK_DGRAM])
def test_unix_path_has_its_mode_and_is_removed(path, kind, close):
    address = UnixAddress(path, kind, 0o640)
    close([address.bind()])
    assert stat.S_IMODE(Path(path).stat().st_mode) == 0o640
    connect_unix(path, kind, 5).close()
    address.remove()
    assert not Path(path).exists()


def test_unix_path_that_belongs_to_another_socket_by_now_is_kept(path, close):
    address, other = (UnixAddress(path, socket.SOCK_STREAM, 0o600) for _ in range(2))
    close([address.bind()])
    Path(path).unlink()
    close([other.bind()])
    address.remove()
    assert Path(path).exists()


def test_stale_unix_socket_is_replaced_and_a_live_one_is_not(path, close):
    address, other = (UnixAddress(path, socket.SOCK_STREAM, 0o600) for _ in range(2))
    first = address.bind()
    with pytest.raises(ConfigError, match="Another program or module listens on"):
        other.bind()
    first.close()
    close([other.bind()])
    connect_unix(path, socket.SOCK_STREAM, 5).close()


def test_file_at_the_unix_path_is_kept(path):
    Path(path).write_text("mine")
    with pytest.raises(ConfigError, match="is not a socket and was left alone"):
        UnixAddress(path, socket.SOCK_STREAM, 0o600).bind()
    assert Path(path).read_text() == "mine"


def test_unix_path_in_a_folder_that_is_missing_is_refused(tmp_path):
    with pytest.raises(ConfigError, match=r"No such file or directory\. The folder must exist"):
        UnixAddress(str(tmp_path / "missing" / "socket"), socket.SOCK_STREAM, 0o600).bind()


def test_unix_path_that_is_too_long_is_refused():
    with pytest.raises(ConfigError, match="at most 107 bytes"):
        UnixAddress("x" * 108, socket.SOCK_STREAM, 0o600)


def test_abstract_name_is_no_file_and_is_used_once(tmp_path, close):
    name = f"@{tmp_path}"[:100]
    address = UnixAddress(name, socket.SOCK_STREAM, 0o600)
    close([address.bind()])
    connect_unix(name, socket.SOCK_STREAM, 5).close()
    with pytest.raises(ConfigError, match="Another program or module listens on"):
        UnixAddress(name, socket.SOCK_STREAM, 0o600).bind()
    address.remove()
