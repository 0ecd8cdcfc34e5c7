"""An HTTP server that answers from a script, and keeps the requests."""

from __future__ import annotations

import struct
from typing import NamedTuple

import gevent
from gevent import socket

RESET = struct.pack("ii", 1, 0)
"""Linger for 0 s: closing sends a reset."""


class Received(NamedTuple):
    method: str
    target: str
    headers: dict[str, str]
    body: bytes


class Server:
    """Answers each request with the next entry of the script: bytes, or a function of the connection."""

    def __init__(self, script=(), port=0, context=None):
        self.script = list(script) or [reply()]
        self.context = context
        self.asked = []
        self.connections = 0
        self.at_once = 0
        self.most_at_once = 0
        self.peers = set()
        self.socket = socket.socket()  # create_server would make one that blocks the hub
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(("127.0.0.1", port))
        self.socket.listen()
        self.port = self.socket.getsockname()[1]
        self.greenlet = gevent.spawn(self.accept)
        self.greenlets = []

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    @property
    def bodies(self):
        return [asked.body for asked in self.asked]

    def accept(self):
        while True:
            peer, _ = self.socket.accept()
            self.connections += 1
            self.greenlets.append(gevent.spawn(self.talk, peer))

    def talk(self, peer):
        self.peers.add(peer)
        try:
            if self.context is not None:
                peer = self.context.wrap_socket(peer, server_side=True)
            with peer.makefile("rb") as stream:
                while asked := read_request(stream):
                    self.answer(peer, asked)
        except OSError:
            pass
        finally:
            peer.close()
            self.peers.discard(peer)

    def answer(self, peer, asked):
        self.asked.append(asked)
        answer = self.script.pop(0) if len(self.script) > 1 else self.script[0]
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            answer(peer) if callable(answer) else peer.sendall(answer)
        finally:
            self.at_once -= 1

    def hang_up(self):
        for peer in list(self.peers):
            peer.shutdown(socket.SHUT_RDWR)

    def stop(self):
        self.greenlet.kill()
        self.socket.close()
        gevent.killall(self.greenlets)


def read_request(stream):
    head = []
    while (line := stream.readline().decode("latin-1").rstrip("\r\n")) or not head:
        if not line:
            return None
        head.append(line)
    method, target, _ = head[0].split(" ")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:])}
    return Received(method, target, headers, stream.read(int(headers.get("content-length", 0))))


def reply(status=200, body=b"", **headers):
    fields = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
    return f"HTTP/1.1 {status} X\r\n{fields}Content-Length: {len(body)}\r\n\r\n".encode() + body


def hang(peer):
    gevent.sleep(3600)


def hang_up(peer):
    peer.shutdown(socket.SHUT_RDWR)


def reset(peer):
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
    peer.close()
    raise ConnectionResetError


def after(seconds, answer):
    def wait(peer):
        gevent.sleep(seconds)
        peer.sendall(answer)

    return wait


def cut(answer, then):
    """Send the beginning of a response, then call another function."""

    def send(peer):
        peer.sendall(answer)
        then(peer)

    return send


def refused_port():
    """Return a port on which nothing listens."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        return bound.getsockname()[1]
