"""What sends to the modules under test."""

from __future__ import annotations

import struct
from contextlib import contextmanager

from gevent import socket

from wishbone_testing import wait_until


def connect(module, host="127.0.0.1"):
    return socket.create_connection((host, module.addresses[0][1]), timeout=10)


@contextmanager
def connected(module):
    peer = connect(module)
    try:
        yield peer
    finally:
        peer.close()


def send(module, data):
    """Send a whole stream, and close in order."""
    with connected(module) as peer:
        peer.sendall(data)


def reset(peer):
    """Let a connection be lost: closing it will tell the other end so (RST)."""
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def payloads(events):
    return [event.data for event in events]


def wait_for_connections(module, count):
    wait_until(lambda: len(module.server.connections) == count, f"{count} connections")


def is_closed(peer, timeout=10):
    """Return whether the other end closes the connection in time."""
    peer.settimeout(timeout)
    try:
        return peer.recv(1) == b""
    except ConnectionError:
        return True
