"""Opening: how the connections to peers are made."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from gevent import socket

if TYPE_CHECKING:
    from collections.abc import Callable

    from gevent import ssl

    from wishbone_output_socket.address import Address

KEEP_ALIVE = {socket.TCP_KEEPIDLE: 30, socket.TCP_KEEPINTVL: 10, socket.TCP_KEEPCNT: 3}
"""After how many seconds of silence, how often and how many times a peer is asked whether it is there."""

UNACKNOWLEDGED_SECONDS = 30
"""Seconds after which a peer is given up whose system does not confirm what was sent (RFC 5482)."""

VERDICT_SECONDS = 0.5
"""Seconds that a peer is given to object to a TLS handshake (RFC 8446, 4.4.3), if it says nothing."""


def open_tcp(address: Address, timeout: float) -> socket.socket:
    """Connect over TCP; the name is looked up each time.

    Args:
        address: Where to.
        timeout: Seconds that it may take, and afterwards each time that the peer takes nothing.

    Raises:
        OSError: Nobody answers there in time.
    """
    peer = socket.create_connection(address, timeout)
    return prepared(peer, lambda: _set_options(peer))


def open_tls(
    address: Address, timeout: float, context: ssl.SSLContext, server_name: str | None
) -> socket.socket:
    """Connect over TLS.

    Args:
        address: Where to.
        timeout: See `open_tcp`.
        context: Whom to trust, and what to show.
        server_name: The name in the peer's certificate; its host, if it is not given.

    Raises:
        OSError: Nobody answers there in time, or the two cannot agree on each other.
    """
    peer = open_tcp(address, timeout)
    try:
        secured = context.wrap_socket(peer, server_hostname=server_name or address.host)
    except BaseException:
        peer.close()
        raise
    if secured.version() == "TLSv1.3":
        # Only afterwards a peer tells whether it takes our certificate; most then send a ticket.
        with suppress(TimeoutError):
            socket.wait_read(secured.fileno(), VERDICT_SECONDS)
    return secured


def open_udp(address: Address, timeout: float) -> socket.socket:
    """Look a name up, and have the system note the address.

    Args:
        address: Where to.
        timeout: Seconds that the system may take to send a datagram.

    Raises:
        OSError: The name is not known, or there is no way there.
    """
    family, kind, protocol, _, found = socket.getaddrinfo(*address, type=socket.SOCK_DGRAM)[0]
    peer = socket.socket(family, kind, protocol)
    peer.settimeout(timeout)
    return prepared(peer, lambda: peer.connect(found))


def open_unix(path: str, kind: int, timeout: float) -> socket.socket:
    """Connect to a Unix socket.

    Args:
        path: Its path, or an abstract name: `@` and a name.
        kind: `SOCK_STREAM` or `SOCK_DGRAM`.
        timeout: Seconds that it may take, and afterwards each time that the peer takes nothing.

    Raises:
        OSError: Nobody listens there.
    """
    peer = socket.socket(socket.AF_UNIX, kind)
    peer.settimeout(timeout)
    address = f"\0{path[1:]}" if path.startswith("@") else path
    return prepared(peer, lambda: peer.connect(address))


def prepared(peer: socket.socket, prepare: Callable[[], object]) -> socket.socket:
    """Return a socket once it is prepared; it is closed if that fails."""
    try:
        prepare()
    except BaseException:
        peer.close()
        raise
    return peer


def _set_options(peer: socket.socket) -> None:
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for option, value in KEEP_ALIVE.items():
        peer.setsockopt(socket.IPPROTO_TCP, option, value)
    peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, UNACKNOWLEDGED_SECONDS * 1000)
    # What there is, is sent in one piece already: waiting for more would only delay it.
    peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
