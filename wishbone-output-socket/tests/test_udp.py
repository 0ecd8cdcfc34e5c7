from __future__ import annotations

import pytest
from gevent import socket
from receivers import says, unused_port

from wishbone_output_socket import Udp
from wishbone_testing import Harness, wait_until


@pytest.fixture
def bind():
    """Bind sockets for datagrams, and close them at the end."""
    bound = []

    def bind(port=0):
        opened = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        bound.append(opened)
        opened.bind(("127.0.0.1", port))
        opened.settimeout(10)
        return opened

    yield bind
    for each in bound:
        each.close()


def address(bound):
    return "{}:{}".format(*bound.getsockname())


def test_each_event_is_a_datagram_without_a_delimiter(bind):
    bound = bind()
    with Harness(Udp, {"destination": address(bound)}) as udp:
        settlements = [udp.feed_acknowledged(payload) for payload in ("one\ntwo", {"a": 1}, b"\xff")]
        assert [bound.recv(100) for _ in range(3)] == [b"one\ntwo", b'{"a":1}', b"\xff"]
        assert all(settlement.wait().acknowledged for settlement in settlements)


def test_event_that_no_datagram_can_hold_fails_and_no_other(bind):
    bound = bind()
    with Harness(Udp, {"destination": address(bound)}) as udp:
        for payload in ("first", "x" * 65_508, "next", "y" * 65_507):
            udp.feed(payload)
        assert "65508 bytes" in udp.receive("failed").errors["module"]["message"]
        assert [bound.recv(70_000)[:5] for _ in range(3)] == [b"first", b"next", b"yyyyy"]


def test_receiver_that_is_away_is_tried_again(bind):
    port = unused_port(socket.SOCK_DGRAM)
    with Harness(Udp, {"destination": f"127.0.0.1:{port}"}) as udp:
        udp.feed("lost")
        udp.receive("success")
        settlement = udp.feed_acknowledged("kept")
        says(udp, "Lost the connection to")
        assert not settlement.done
        bound = bind(port)
        wait_until(lambda: settlement.errors)
        assert settlement.acknowledged
        assert bound.recv(100) in {b"lost", b"kept"}


def test_failover_leaves_a_receiver_that_is_away(bind):
    away, here = unused_port(socket.SOCK_DGRAM), bind()
    with Harness(Udp, {"destination": [f"127.0.0.1:{away}", address(here)]}) as udp:
        wait_until(lambda: all(each.connection for each in udp.module.delivery.destinations))
        for number in range(10):
            assert udp.feed_acknowledged(f"{number}").wait().acknowledged
        assert here.recv(100) == b"1"


def test_name_is_looked_up(bind):
    bound = bind()
    with Harness(Udp, {"destination": f"localhost:{bound.getsockname()[1]}"}) as udp:
        udp.feed("hello")
        assert bound.recv(100) == b"hello"


def test_unknown_name_is_logged():
    with Harness(Udp, {"destination": "no-such-host.invalid:9"}) as udp:
        says(udp, "Cannot reach no-such-host.invalid:9, next attempt in")
