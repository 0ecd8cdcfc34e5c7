"""Connections to peers: TCP, TLS, UDP and Unix sockets."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from gevent import socket, ssl

from wishbone_network.options import close_on_error, enable_keepalive

if TYPE_CHECKING:
    from wishbone_network.address import Address
    from wishbone_network.tls import Tls

UNACKNOWLEDGED_SECONDS = 30
"""Seconds after which a connection is lost whose peer's system does not confirm what was sent (RFC 5482)."""

REJECTION_SECONDS = 0.5
"""Seconds to wait for a peer that rejects the certificate after a TLS 1.3 handshake (RFC 8446, 4.4.3)."""


def connect_tcp(address: Address, timeout: float, tls: Tls | None = None) -> socket.socket:
    """Connect over TCP or TLS. The name is looked up, and changed certificates are loaded, each time.

    After a TLS 1.3 handshake a peer that rejects the certificate says so only later: what it says may be
    there to read when this returns.

    Args:
        address: The peer.
        timeout: Seconds for connecting, and for the handshake. It becomes the timeout of the socket.
        tls: How to speak TLS; None for plain TCP.

    Raises:
        OSError: The peer cannot be reached in time, or the handshake fails.
    """
    peer = socket.create_connection(address, timeout)
    with close_on_error(peer):
        enable_keepalive(peer, idle=30, interval=10, count=3)
        peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, UNACKNOWLEDGED_SECONDS * 1000)
        # Senders write as much as they have at once: waiting for more would only delay it.
        peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return peer if tls is None else start_tls(peer, tls, address.host)


def start_tls(connected: socket.socket, tls: Tls, host: str) -> ssl.SSLSocket:
    """Speak TLS on a connection, such as one through a proxy. Changed certificates are loaded before.

    Args:
        connected: The connection. Its timeout applies to the handshake. It is closed on an error.
        tls: How to speak TLS.
        host: The name that the peer's certificate must have, if `tls` names none.

    Raises:
        OSError: The handshake fails.
    """
    tls.refresh()
    secured = tls.context.wrap_socket(connected, server_hostname=tls.server_name or host)
    with close_on_error(secured):
        if secured.version() == "TLSv1.3":
            # Most peers send a session ticket at once, which ends the wait.
            with suppress(TimeoutError):
                socket.wait_read(secured.fileno(), REJECTION_SECONDS)
    return secured


def connect_udp(address: Address, timeout: float) -> socket.socket:
    """Look a name up, and return a UDP socket that sends to it.

    Args:
        address: The peer.
        timeout: Seconds that the system may take to send a datagram.

    Raises:
        OSError: The name is unknown, or the network cannot be reached.
    """
    family, kind, protocol, _, found = socket.getaddrinfo(*address, type=socket.SOCK_DGRAM)[0]
    return _connect(socket.socket(family, kind, protocol), found, timeout)


def connect_unix(path: str, kind: int, timeout: float) -> socket.socket:
    """Connect to a Unix socket.

    Args:
        path: Its path, or an abstract name: `@` and a name.
        kind: `SOCK_STREAM` or `SOCK_DGRAM`.
        timeout: Seconds for connecting. It becomes the timeout of the socket.

    Raises:
        OSError: No process listens on it; with errno EPROTOTYPE, it is of the other kind.
    """
    address = f"\0{path[1:]}" if path.startswith("@") else path
    return _connect(socket.socket(socket.AF_UNIX, kind), address, timeout)


def _connect(peer: socket.socket, address: Any, timeout: float) -> socket.socket:
    with close_on_error(peer):
        peer.settimeout(timeout)
        peer.connect(address)
    return peer
