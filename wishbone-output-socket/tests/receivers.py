"""What the modules under test send to."""

from __future__ import annotations

import struct

import gevent
from gevent import socket
from gevent.event import Event as Flag

from wishbone_testing import wait_until


class Receiver:
    """Keeps what comes over TCP or a Unix stream, with each connection at hand."""

    def __init__(self, context=None, port=0, path=None):
        self.context = context
        self.path = path
        self.streams = []
        self.accepted = []
        self.errors = []
        self.reading = Flag()
        self.reading.set()
        self.socket = socket.socket(socket.AF_UNIX if path else socket.AF_INET)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(str(path) if path else ("127.0.0.1", port))
        self.socket.listen()
        self.port = None if path else self.socket.getsockname()[1]
        self.greenlet = gevent.spawn(self.serve)

    @property
    def destination(self):
        return f"127.0.0.1:{self.port}"

    @property
    def data(self):
        return b"".join(self.streams)

    @property
    def lines(self):
        return self.data.decode().splitlines()

    def serve(self):
        while True:
            peer, _ = self.socket.accept()
            gevent.spawn(self.receive, peer)

    def receive(self, peer):
        try:
            if self.context is not None:
                peer = self.context.wrap_socket(peer, server_side=True)
            number = len(self.streams)
            self.streams.append(bytearray())
            self.accepted.append(peer)
            self.reading.wait()
            while data := peer.recv(65536):
                self.streams[number] += data
                self.reading.wait()
        except OSError as error:
            self.errors.append(error)
        finally:
            peer.close()

    def wait(self, count):
        wait_until(lambda: self.data.count(b"\n") >= count, f"{count} lines; there are {self.data[:1000]!r}")
        return self.lines

    def hang_up(self):
        """Close all connections, and go on listening."""
        for peer in self.accepted:
            if peer.fileno() != -1:
                peer.shutdown(socket.SHUT_RDWR)
        wait_until(lambda: all(peer.fileno() == -1 for peer in self.accepted))
        self.accepted.clear()

    def reset(self):
        """Reset all connections."""
        for peer in self.accepted:
            peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            peer.close()
        self.accepted.clear()

    def stop(self):
        self.greenlet.kill()
        self.socket.close()
        self.reading.set()
        self.hang_up()


def unused_port(kind=socket.SOCK_STREAM):
    """Return a port on which nothing receives."""
    with socket.socket(socket.AF_INET, kind) as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


def says(harness, text):
    """Wait until the module has logged something."""
    wait_until(lambda: any(text in message for message in harness.messages()), text)
