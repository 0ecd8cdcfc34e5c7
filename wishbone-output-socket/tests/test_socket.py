from __future__ import annotations

from importlib.metadata import entry_points

import gevent
import pytest
from gevent import socket
from receivers import Receiver

from wishbone_output_socket import Tcp, Udp, Unix
from wishbone_testing.conformance import OutputConformance


@pytest.mark.parametrize(("name", "module"), [("tcp", Tcp), ("udp", Udp), ("unix", Unix)])
def test_is_installed(name, module):
    (entry_point,) = entry_points(group="wishbone.output", name=name)
    assert entry_point.load() is module


class TestConformanceOfTcp(OutputConformance):
    module = Tcp
    wrong_arguments = ({"destination": "127.0.0.1"}, {"destination": "[::1:5140"}, {"ca_file": "ca.pem"})

    @pytest.fixture
    def arguments(self):
        self.receiver = Receiver()
        yield {"destination": self.receiver.destination}
        self.receiver.stop()

    def break_peer(self):
        self.receiver.stop()

    def stall_peer(self):
        self.receiver.reading.clear()
        self.good = "x" * 100_000


class TestConformanceOfUdp(OutputConformance):
    module = Udp
    wrong_arguments = ({"destination": "127.0.0.1:0"}, {"destination": []}, {"destination": "no..name:9"})

    @pytest.fixture
    def arguments(self):
        self.receiver = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.receiver.bind(("127.0.0.1", 0))
        yield {"destination": "{}:{}".format(*self.receiver.getsockname())}
        self.receiver.close()

    def break_peer(self):
        self.receiver.close()

    def stall_peer(self):
        """Do nothing: a datagram is sent whether anybody takes it or not."""


class TestConformanceOfUnix(OutputConformance):
    module = Unix
    wrong_arguments = ({"path": ""}, {"kind": "seqpacket"})

    @pytest.fixture
    def arguments(self, tmp_path):
        self.receiver = Receiver(path=tmp_path / "socket")
        yield {"path": str(tmp_path / "socket")}
        self.receiver.stop()

    def break_peer(self):
        self.receiver.stop()

    def stall_peer(self):
        self.receiver.reading.clear()
        self.good = "x" * 100_000


class TestConformanceOfUnixDatagrams(OutputConformance):
    module = Unix

    @pytest.fixture
    def arguments(self, tmp_path):
        self.receiver = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.receiver.bind(str(tmp_path / "socket"))
        self.reader = gevent.spawn(self.read)
        yield {"path": str(tmp_path / "socket"), "kind": "datagram"}
        self.reader.kill()
        self.receiver.close()

    def read(self):
        while True:
            self.receiver.recv(65536)

    def break_peer(self):
        self.reader.kill()
        self.receiver.close()

    def stall_peer(self):
        self.reader.kill()


del OutputConformance  # pytest would take it for a test
