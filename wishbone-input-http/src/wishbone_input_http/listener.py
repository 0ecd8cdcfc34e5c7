"""Listener: takes the addresses that clients are expected at."""

from __future__ import annotations

import errno
from typing import Any

from gevent import socket

from wishbone.error import ConfigError

BACKLOG = 1024
"""Connections that the system keeps until they are accepted."""

ABSENT = frozenset({errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT})
"""What the address of a family fails with that this machine does not use."""

CURES = {
    errno.EACCES: "Choose a 'port' above 1023, or give the process CAP_NET_BIND_SERVICE.",
    errno.EADDRINUSE: "Somebody else has it: choose another 'port', or set 'reuse_port' in both.",
}


def listen(host: str, port: int, *, reuse_port: bool) -> list[socket.socket]:
    """Listen at every address that a name stands for, all with the same port.

    Args:
        host: A name or an address of this machine.
        port: The port; 0 for one that is free.
        reuse_port: Whether other processes may listen there too, to share the connections.

    Raises:
        ConfigError: It is not possible, and why.
    """
    listeners: list[socket.socket] = []
    missing: OSError | None = None
    try:
        found = _resolve(host, port)
        # A name that stands twice in /etc/hosts is found twice.
        for family, address in dict.fromkeys((family, address) for family, _, _, _, address in found):
            chosen = (address[0], port_of(listeners[0]) if listeners else port, *address[2:])
            try:
                listeners.append(_listen(family, chosen, reuse_port=reuse_port))
            except OSError as error:
                if error.errno not in ABSENT:
                    raise
                missing = error
        if missing is not None and not listeners:
            raise missing
    except OSError as error:
        for listener in listeners:
            listener.close()
        cure = CURES.get(error.errno or 0, "Set 'host' to an address of this machine.")
        message = f"Nobody can listen at {host}:{port}: {error.strerror or error}. {cure}"
        raise ConfigError(message) from error
    return listeners


def port_of(listener: socket.socket) -> int:
    """Return the port that a socket listens at."""
    port: int = listener.getsockname()[1]
    return port


def _resolve(host: str, port: int) -> list[Any]:
    try:
        host.encode("idna")
    except UnicodeError as error:
        raise socket.gaierror(socket.EAI_NONAME, str(error)) from None
    return socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)


def _listen(family: int, address: tuple[Any, ...], *, reuse_port: bool) -> socket.socket:
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if reuse_port:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        if family == socket.AF_INET6:
            listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        listener.bind(address)
        listener.listen(BACKLOG)
    except OSError:
        listener.close()
        raise
    return listener
