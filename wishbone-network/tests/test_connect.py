from __future__ import annotations

import errno
from contextlib import ExitStack

import pytest
from gevent import socket

from wishbone_network import (
    Address,
    UnixAddress,
    bind_udp,
    bound_address,
    connect_tcp,
    connect_udp,
    connect_unix,
    is_readable,
    listen_tcp,
)
from wishbone_testing import wait_until


@pytest.fixture
def listener():
    (listener,) = listen_tcp("127.0.0.1", 0)
    yield listener
    listener.close()


def test_tcp_connection_probes_its_peer_and_has_its_timeout(listener):
    with connect_tcp(bound_address(listener), 7) as peer:
        assert peer.gettimeout() == 7
        assert peer.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
        assert peer.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE) == 30
        assert peer.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == 30_000
        assert peer.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


def test_port_where_nothing_listens_is_an_error(listener):
    address = bound_address(listener)
    listener.close()
    with pytest.raises(ConnectionRefusedError):
        connect_tcp(address, 5)


@pytest.mark.parametrize("connect", [connect_tcp, connect_udp])
def test_unknown_name_is_an_error(connect):
    with pytest.raises(OSError, match="not known"):
        connect(Address("no-such-host.invalid", 1), 5)


def test_peer_that_does_not_answer_is_given_up_in_time():
    with socket.socket() as silent, ExitStack() as stack:
        silent.bind(("127.0.0.1", 0))
        silent.listen(0)

        def fill_the_queue_of_the_system():
            for _ in range(10):
                stack.enter_context(connect_tcp(bound_address(silent), 0.1))

        with pytest.raises(TimeoutError):
            fill_the_queue_of_the_system()


def test_udp_socket_sends_to_its_peer():
    (receiver,) = bind_udp("127.0.0.1", 0)
    with receiver, connect_udp(bound_address(receiver), 5) as peer:
        peer.send(b"hello")
        assert receiver.recv(100) == b"hello"


def test_unix_socket_of_the_other_kind_is_told_apart(tmp_path):
    path = str(tmp_path / "socket")
    with UnixAddress(path, socket.SOCK_STREAM, 0o600).bind():
        with pytest.raises(OSError) as caught:
            connect_unix(path, socket.SOCK_DGRAM, 5)
        assert caught.value.errno == errno.EPROTOTYPE


def test_connection_is_readable_once_something_or_its_end_has_come(listener):
    with connect_tcp(bound_address(listener), 5) as peer:
        accepted, _ = listener.accept()
        assert not is_readable(peer)
        accepted.sendall(b"x")
        wait_until(lambda: is_readable(peer))
        peer.recv(1)
        assert not is_readable(peer)
        accepted.close()
        wait_until(lambda: is_readable(peer))
