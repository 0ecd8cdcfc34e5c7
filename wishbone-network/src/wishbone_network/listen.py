"""Listening sockets for TCP and UDP."""

from __future__ import annotations

import errno
import os
from typing import cast

from gevent import socket

from wishbone.error import ConfigError
from wishbone_network.address import Address, bound_address
from wishbone_network.options import close_on_error

BACKLOG = 4096
"""Connections that the system queues until they are accepted; the system caps this (net.core.somaxconn)."""

_NOT_USED_HERE = frozenset({errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT})
"""Errors for an address of a family that this machine does not use."""

_CURES = {
    errno.EACCES: "Choose a 'port' above 1023, or give the process the capability CAP_NET_BIND_SERVICE.",
    errno.EADDRINUSE: (
        "Another program or module uses it: choose another 'port', or set 'reuse_port' in both."
    ),
}
_DEFAULT_CURE = "Set 'host' to a name or an address of this machine."

_SocketAddress = tuple[str | int, ...]


def listen_tcp(host: str, port: int, *, reuse_port: bool = False) -> list[socket.socket]:
    """Listen for TCP connections on every address that a name has, all with the same port.

    Args:
        host: A name or an address of this machine; `0.0.0.0` and `::` are all of IPv4 and of IPv6.
        port: The port; 0 for one that is free.
        reuse_port: Whether other sockets may listen on the port too and share the connections.

    Returns:
        One socket for each address.

    Raises:
        ConfigError: An address cannot be used. The message has the cause and the cure.
    """
    listeners = _bind(host, port, socket.SOCK_STREAM, reuse_port=reuse_port)
    for listener in listeners:
        listener.listen(BACKLOG)
    return listeners


def bind_udp(host: str, port: int, *, reuse_port: bool = False) -> list[socket.socket]:
    """Receive datagrams on every address that a name has. Arguments and errors are those of `listen_tcp`."""
    return _bind(host, port, socket.SOCK_DGRAM, reuse_port=reuse_port)


def _bind(host: str, port: int, kind: int, *, reuse_port: bool) -> list[socket.socket]:
    bound: list[socket.socket] = []
    unused: OSError | None = None
    try:
        for family, address in _resolve(host, port, kind):
            # Every address gets the port that was free on the first.
            chosen = (address[0], bound_address(bound[0]).port if bound else port, *address[2:])
            try:
                bound.append(_open(family, kind, chosen, reuse_port=reuse_port))
            except OSError as error:
                if error.errno not in _NOT_USED_HERE:
                    raise
                unused = error
        if unused is not None and not bound:
            raise unused
    except OSError as error:
        for opened in bound:
            opened.close()
        cure = _CURES.get(error.errno or 0, _DEFAULT_CURE)
        message = f"Cannot listen on {Address(host, port)}: {_reason(error)}. {cure}"
        raise ConfigError(message) from error
    return bound


def _resolve(host: str, port: int, kind: int) -> list[tuple[int, _SocketAddress]]:
    try:
        host.encode("idna")
    except UnicodeError as error:
        raise socket.gaierror(socket.EAI_NONAME, str(error)) from None
    found = socket.getaddrinfo(host, port, type=kind, flags=socket.AI_PASSIVE)
    # A name that /etc/hosts has twice is found twice.
    return list(
        dict.fromkeys((int(family), cast("_SocketAddress", address)) for family, _, _, _, address in found)
    )


def _open(family: int, kind: int, address: _SocketAddress, *, reuse_port: bool) -> socket.socket:
    opened = socket.socket(family, kind)
    with close_on_error(opened):
        if kind == socket.SOCK_STREAM:
            opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if reuse_port:
            opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        if family == socket.AF_INET6:
            opened.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        opened.bind(address)
    return opened


def _reason(error: OSError) -> str:
    # gevent repeats the address in its own errors; those of name lookups have negative numbers.
    if error.errno is not None and error.errno > 0:
        return os.strerror(error.errno)
    return error.strerror or str(error)
