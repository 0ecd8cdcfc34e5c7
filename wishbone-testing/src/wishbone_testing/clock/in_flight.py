"""InFlight: whether a thread, a pipe or a socket may still deliver something."""

from __future__ import annotations

import os
import socket
import struct
from contextlib import contextmanager, suppress
from fcntl import ioctl
from termios import TIOCOUTQ
from time import monotonic
from typing import TYPE_CHECKING, Any

from gevent import monkey

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

GRACE_SECONDS = 0.5
"""Real time that each wait for a thread or a peer outside this loop gets. Some waits never end."""


class InFlight:
    """Tracks the watchers of gevent's loop, to tell whether one of them is about to fire.

    If both ends of a TCP connection belong to this loop, the kernel knows whether bytes are in flight. For
    everything else (a server in another thread or process, a pipe, a connection being opened or closed, a
    thread of gevent's pool) each wait gets a grace period of real time. Listening sockets get none.
    """

    def __init__(self) -> None:
        """Track nothing yet."""
        self._io: list[Any] = []
        self._threads: list[Any] = []
        self._waits: dict[tuple[int, int], tuple[float, Any, Any]] = {}

    def track_io(self, watcher: Any) -> Any:
        """Track the watcher of a file descriptor, and return it."""
        self._io.append(watcher)
        return watcher

    def track_thread(self, watcher: Any) -> Any:
        """Track a watcher through which a thread wakes the loop, and return it."""
        self._threads.append(watcher)
        return watcher

    def expected(self) -> bool:
        """Return whether something may still arrive."""
        self._threads = [watcher for watcher in self._threads if watcher.active]
        now = monotonic()
        waits = {}
        for watcher in [*self._threads, *self._expected_io()]:
            # Each wait of gevent has arguments of its own; its watcher serves many.
            key = id(watcher), id(watcher.args)
            waits[key] = self._waits.get(key, (now, watcher, watcher.args))
        self._waits = waits
        return any(now - since < GRACE_SECONDS for since, *_ in waits.values())

    def _expected_io(self) -> list[Any]:
        active = [watcher for watcher in self._io if watcher.active]
        ends = {_addresses(fd): fd for fd in {watcher.fd for watcher in self._io}} if active else {}
        return [watcher for watcher in active if _is_expected(watcher.fd, ends)]


def _is_expected(fd: int, ends: Mapping[Any, int]) -> bool:
    """Return whether something may be in flight to a file descriptor.

    Args:
        fd: The descriptor.
        ends: The connected sockets of this loop, by their addresses.
    """
    try:
        with _borrowed(fd) as end:
            listening = end.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN)
            datagrams = end.type == socket.SOCK_DGRAM
            # Writing to a Unix socket delivers at once.
            delivered = end.family == socket.AF_UNIX and _peer_pid(end) == os.getpid()
    except OSError:
        return True
    addresses = _addresses(fd)
    if listening or delivered or (datagrams and addresses is None):
        return False
    peer = None if addresses is None else ends.get(addresses[::-1])
    return peer is None or _has_unacknowledged_bytes(peer)


def _addresses(fd: int) -> tuple[Any, ...] | None:
    """Return the local and the remote address of a connected socket; None for anything else."""
    with suppress(OSError), _borrowed(fd) as end:
        return _ipv4_unmapped(end.getsockname()), _ipv4_unmapped(end.getpeername())
    return None


def _ipv4_unmapped(address: Any) -> Any:
    return (address[0].removeprefix("::ffff:"), address[1]) if isinstance(address, tuple) else address


def _peer_pid(end: socket.socket) -> int:
    peer_credentials = getattr(socket, "SO_PEERCRED", None)
    if peer_credentials is None:  # pragma: no cover - not on Linux
        return 0
    return int(struct.unpack("3i", end.getsockopt(socket.SOL_SOCKET, peer_credentials, 12))[0])


def _has_unacknowledged_bytes(fd: int) -> bool:
    try:
        return bool(struct.unpack("i", ioctl(fd, TIOCOUTQ, b"\0" * 4))[0])
    except OSError:  # pragma: no cover - not on Linux
        return True


@contextmanager
def _borrowed(fd: int) -> Iterator[socket.socket]:
    """Use a file descriptor as a socket, without closing it.

    Raises:
        OSError: It is not a socket.
    """
    end = _Socket(fileno=fd)
    try:
        yield end
    finally:
        end.detach()


# gevent's own would create watchers.
_Socket: type[socket.socket] = monkey.get_original("socket", "socket")
