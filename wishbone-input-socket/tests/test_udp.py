from __future__ import annotations

import sys

import gevent
import pytest
from gevent import socket, subprocess
from senders import payloads

from wishbone.error import ModuleInitFailure
from wishbone_input_socket import Udp, datagrams
from wishbone_testing import Harness, wait_until

ANY_PORT = {"port": 0}


@pytest.fixture
def sender():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as opened:
        opened.bind(("127.0.0.1", 0))
        yield opened


def test_notes_the_address_of_the_sender(sender):
    with Harness(Udp, ANY_PORT, name="udp") as udp:
        sender.sendto(b"hello", udp.module.addresses[0])
        address, port = sender.getsockname()
        assert udp.receive().tmp == {"udp": {"address": address, "port": port}}


def test_each_datagram_is_a_stream_of_its_own(sender):
    with Harness(Udp, ANY_PORT) as udp:
        for data in (b"one", b"two\nthree\n", b"", b"four"):
            sender.sendto(data, udp.module.addresses[0])
        assert payloads(udp.receive_many(4)) == ["one", "two", "three", "four"]


def test_longest_datagram_comes_whole(sender):
    with Harness(Udp, ANY_PORT) as udp:
        sender.sendto(b"x" * 65_507, udp.module.addresses[0])
        assert udp.receive().data == "x" * 65_507


def test_bad_datagram_fails_and_the_next_one_does_not(sender):
    with Harness(Udp, {**ANY_PORT, "decoder": "json"}) as udp:
        for data in (b"{", b'"good"'):
            sender.sendto(data, udp.module.addresses[0])
        assert udp.receive().data == "good"
        assert udp.receive("failed").data == b"{"


def test_stop_submits_what_was_received(sender):
    with Harness(Udp, ANY_PORT, size=1, unconnected=["outbox"]) as udp:
        outbox = udp.module.pool.getQueue("outbox")
        outbox.connected = True
        for number in range(100):
            sender.sendto(b"%d" % number, udp.module.addresses[0])
        udp.request_stop()
        received = [outbox.get().data for _ in range(100)]
        assert received == [str(number) for number in range(100)]


def test_dropped_datagrams_are_counted_and_logged(monkeypatch, sender):
    monkeypatch.setattr(datagrams, "CHECK_SECONDS", 0.05)
    with Harness(Udp, {**ANY_PORT, "receive_buffer": 1}) as udp:
        for _ in range(500):
            sender.sendto(b"x" * 1000, udp.module.addresses[0])
        wait_until(lambda: any("'receive_buffer'" in text for text in udp.messages()))
        udp.stop()
        assert udp.module.datagrams.dropped.total + len(udp.received()) == 500


POUR = """
import socket, sys
peer = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
peer.connect(("127.0.0.1", int(sys.argv[1])))
while True:
    peer.send(b"flood")
"""


def test_sender_without_a_pause_does_not_delay_the_pipeline():
    with Harness(Udp, ANY_PORT) as udp:
        flood = subprocess.Popen([sys.executable, "-c", POUR, str(udp.module.addresses[0][1])])
        received = udp.received()
        for _ in range(10):
            wait_until(lambda: len(received) > 100)
            received.clear()
            gevent.sleep(0.001)  # would not return before the flood ends
        assert flood.poll() is None
        flood.kill()
        flood.wait()


def test_two_modules_share_a_port_when_both_ask_for_it():
    shared = {**ANY_PORT, "reuse_port": True}
    with Harness(Udp, shared) as one:
        port = one.module.addresses[0][1]
        with Harness(Udp, {**shared, "port": port}) as two:
            for count in range(200):
                with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as peer:
                    peer.sendto(b"%d" % count, ("127.0.0.1", port))
            wait_until(lambda: len(one.received()) + len(two.received()) == 200)
            assert one.received()
            assert two.received()
        with pytest.raises(ModuleInitFailure, match="Address already in use"):
            Harness(Udp, {"port": port}).router.start()
