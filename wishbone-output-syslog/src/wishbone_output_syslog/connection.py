"""Connections: how the bytes of a message get to the receiver."""

from __future__ import annotations

import errno
import select
from contextlib import suppress
from typing import TYPE_CHECKING

from gevent import monkey, socket, ssl

from wishbone.error import InvalidData

if TYPE_CHECKING:
    from collections.abc import Callable

UNACKNOWLEDGED_SECONDS = 30
"""Seconds after which a receiver is given up whose system does not confirm what was sent (RFC 5482)."""

KEEP_ALIVE = {socket.TCP_KEEPIDLE: 30, socket.TCP_KEEPINTVL: 10, socket.TCP_KEEPCNT: 3}
"""After how many seconds of silence, how often and how many times a peer is asked whether it is there."""

VERDICT_SECONDS = 0.5
"""Seconds that a receiver is given to object to a TLS handshake (RFC 8446, 4.4.3), if it says nothing."""

DISCARD_BYTES = 4096
"""How much is read at once of what a receiver says, which syslog has no use for."""


class Connection:
    """A way to a receiver, that takes one message after the other."""

    stream = False

    def __init__(self, peer: socket.socket) -> None:
        """Take over a socket.

        Args:
            peer: It is connected; its timeout is how long the receiver may take nothing.
        """
        self._socket = peer

    def send(self, frame: bytes) -> None:
        """Hand a message to the kernel, waiting while its buffer is full.

        Args:
            frame: The message in its frame; to a stream, as many as there are.

        Raises:
            OSError: The connection is no more.
            InvalidData: The message is longer than a datagram can be.
        """
        try:
            self._socket.send(frame)
        except OSError as error:
            if error.errno != errno.EMSGSIZE:
                raise
            message = (
                f"The message has {len(frame)} bytes, and the system sends no datagram of that size:"
                " lower 'max_size' and set 'truncate', or use 'tcp'."
            )
            raise InvalidData(message) from error

    def close(self) -> None:
        """Let go of it."""
        self._socket.close()


class StreamConnection(Connection):
    """A connection that has a state: TCP, TLS, or a local stream socket."""

    stream = True

    def __init__(self, peer: socket.socket) -> None:
        """Take over a socket.

        Args:
            peer: It is connected.
        """
        super().__init__(peer)
        # gevent's poll would ask the hub; this one only asks the kernel, and never waits.
        self._poll = monkey.get_original("select", "poll")()
        self._poll.register(peer.fileno(), select.POLLIN | select.POLLRDHUP)

    def send(self, frame: bytes) -> None:
        """Hand messages to the kernel, unless the peer has closed the connection; see `Connection.send`."""
        if self._poll.poll(0):
            self._look()
        left = memoryview(frame)
        while left:
            # The timeout is for each piece: a receiver may be slow, as long as it takes something.
            left = left[self._socket.send(left) :]

    def _look(self) -> None:
        """Read what made the socket readable: the end, an error, or what nobody waits for.

        Raises:
            ConnectionError: It is the end.
        """
        timeout = self._socket.gettimeout()
        self._socket.settimeout(0)
        try:
            said = self._socket.recv(DISCARD_BYTES)
        except (BlockingIOError, ssl.SSLWantReadError):
            return
        finally:
            self._socket.settimeout(timeout)
        if not said:
            message = "The receiver has closed the connection."
            raise ConnectionResetError(message)


def local(path: str, timeout: float) -> Connection:
    """Connect to a local socket, be it one of datagrams or a stream.

    Raises:
        OSError: Nobody listens there.
    """
    try:
        return Connection(_unix(path, socket.SOCK_DGRAM, timeout))
    except OSError as error:
        if error.errno != errno.EPROTOTYPE:
            raise
        return StreamConnection(_unix(path, socket.SOCK_STREAM, timeout))


def udp(host: str, port: int, timeout: float) -> Connection:
    """Connect over UDP, which only looks the name up and notes the address.

    Raises:
        OSError: The name is not known.
    """
    family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_DGRAM)[0]
    peer = socket.socket(family, kind, protocol)
    peer.settimeout(timeout)
    return Connection(_connected(peer, lambda: peer.connect(address)))


def tcp(host: str, port: int, timeout: float) -> StreamConnection:
    """Connect over TCP.

    Raises:
        OSError: Nobody answers there in time.
    """
    return StreamConnection(_tcp_socket(host, port, timeout))


def tls(host: str, port: int, timeout: float, context: ssl.SSLContext, server_name: str) -> StreamConnection:
    """Connect over TLS.

    Raises:
        OSError: Nobody answers there in time, or the two cannot agree on each other.
    """
    peer = _tcp_socket(host, port, timeout)
    try:
        secure = context.wrap_socket(peer, server_hostname=server_name)
    except BaseException:
        peer.close()
        raise
    if secure.version() == "TLSv1.3":
        # Only afterwards a receiver tells whether it takes our certificate; most then send a ticket.
        with suppress(TimeoutError):
            socket.wait_read(secure.fileno(), VERDICT_SECONDS)
    return StreamConnection(secure)


def _tcp_socket(host: str, port: int, timeout: float) -> socket.socket:
    peer = socket.create_connection((host, port), timeout)
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for option, value in KEEP_ALIVE.items():
        peer.setsockopt(socket.IPPROTO_TCP, option, value)
    peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, UNACKNOWLEDGED_SECONDS * 1000)
    peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return peer


def _unix(path: str, kind: int, timeout: float) -> socket.socket:
    peer = socket.socket(socket.AF_UNIX, kind)
    peer.settimeout(timeout)
    return _connected(peer, lambda: peer.connect(path))


def _connected(peer: socket.socket, connect: Callable[[], object]) -> socket.socket:
    try:
        connect()
    except BaseException:
        peer.close()
        raise
    return peer
