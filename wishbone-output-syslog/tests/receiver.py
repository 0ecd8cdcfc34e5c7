"""A syslog receiver that keeps what comes."""

from __future__ import annotations

import re
from contextlib import contextmanager

import gevent
from gevent import socket


class Receiver:
    """A TCP server that keeps what comes, with each connection at hand."""

    def __init__(self, context=None, port=0):
        self.context = context
        self.data = b""
        self.accepted = []
        self.errors = []
        self.socket = socket.socket()  # create_server would make one that blocks the hub
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(("127.0.0.1", port))
        self.socket.listen()
        self.port = self.socket.getsockname()[1]
        self.greenlet = gevent.spawn(self.serve)

    def serve(self):
        while True:
            peer, _ = self.socket.accept()
            gevent.spawn(self.receive, peer)

    def receive(self, peer):
        try:
            if self.context is not None:
                peer = self.context.wrap_socket(peer, server_side=True)
            self.accepted.append(peer)
            while data := peer.recv(65536):
                self.data += data
        except OSError as error:
            self.errors.append(error)
        finally:
            peer.close()

    def hang_up(self):
        for peer in self.accepted:
            peer.shutdown(socket.SHUT_RDWR)

    def stop(self):
        self.greenlet.kill()
        self.socket.close()
        self.hang_up()


@contextmanager
def receiver(**options):
    server = Receiver(**options)
    try:
        yield server
    finally:
        server.greenlet.kill()
        server.socket.close()


def arguments(server, transport="tcp", **more):
    return {
        "transport": transport,
        "host": "127.0.0.1",
        "port": server.port,
        "message": "[{{ data }}]",
        **more,
    }


def messages(server):
    return re.findall(rb"\[([^\]]*)\]", server.data)
