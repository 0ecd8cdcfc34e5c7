from __future__ import annotations

from importlib.metadata import entry_points

import pytest
from gevent import socket
from senders import connected, reset, send

from wishbone_input_socket import Tcp, Udp, Unix
from wishbone_testing.conformance import InputConformance


@pytest.mark.parametrize(("name", "module"), [("tcp", Tcp), ("udp", Udp), ("unix", Unix)])
def test_is_installed(name, module):
    (entry_point,) = entry_points(group="wishbone.input", name=name)
    assert entry_point.load() is module


class TestConformanceOfTcp(InputConformance):
    module = Tcp
    arguments = {"port": 0, "decoder": {"plain": {"max_size": 100}}}
    wrong_arguments = ({"key_file": "server.key"}, {"host": "192.0.2.1"}, {"port": 65536})

    def provoke(self, harness):
        self.tcp = harness.module
        send(harness.module, b"".join(b"%d\n" % number for number in range(100)))

    def provoke_bad(self, harness):
        send(harness.module, b"x" * 200 + b"\n")

    def break_peer(self):
        with connected(self.tcp) as peer:
            peer.sendall(b"half of a li")
            reset(peer)


class TestConformanceOfUdp(InputConformance):
    module = Udp
    arguments = {"port": 0}
    wrong_arguments = ({"host": "192.0.2.1"}, {"receive_buffer": 0})

    def _send(self, harness, data):
        self.address = harness.module.addresses[0]
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as peer:
            peer.sendto(data, self.address)

    def provoke(self, harness):
        for number in range(100):
            self._send(harness, b"%d" % number)

    def provoke_bad(self, harness):
        self._send(harness, b"\xff")

    def break_peer(self):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as peer:
            peer.sendto(b"", self.address)


class ConformanceOfUnix(InputConformance):
    module = Unix
    kind_of_socket = socket.SOCK_STREAM

    @pytest.fixture
    def arguments(self, tmp_path):
        self.path = str(tmp_path / "socket")
        kind = "stream" if self.kind_of_socket == socket.SOCK_STREAM else "datagram"
        return {"path": self.path, "kind": kind}

    def _send(self, data):
        with socket.socket(socket.AF_UNIX, self.kind_of_socket) as peer:
            peer.connect(self.path)
            for piece in data:
                peer.sendall(piece)

    def provoke(self, harness):
        self._send([b"%d\n" % number for number in range(100)])

    def provoke_bad(self, harness):
        self._send([b"\xff\n"])

    def break_peer(self):
        self._send([b"half of a li"])


class TestConformanceOfUnixStream(ConformanceOfUnix):
    wrong_arguments = ({"mode": "888"}, {"path": "/no/such/folder/socket"}, {"path": "x" * 108})


class TestConformanceOfUnixDatagram(ConformanceOfUnix):
    kind_of_socket = socket.SOCK_DGRAM


del InputConformance, ConformanceOfUnix  # pytest would take them for tests
