"""Listener: takes the addresses that peers are expected at."""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING, cast

from gevent import socket

from wishbone.error import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable

Address = tuple[str, int]

BACKLOG = 4096
"""Connections that the system keeps until they are accepted; it cuts this to its own limit."""

ABSENT = frozenset({errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT})
"""What a name of an address family fails with that this machine does not use."""

CURES = {
    errno.EACCES: "Ports below 1024 need the capability CAP_NET_BIND_SERVICE: choose a higher one.",
    errno.EADDRINUSE: "Another program or module has it: choose another port, or set 'reuse_port' in both.",
    errno.EADDRNOTAVAIL: "This machine does not have that address: choose another 'host'.",
    socket.EAI_NONAME: "Nothing of that name is known: choose another 'host'.",
}


def listen(host: str, port: int, *, reuse_port: bool) -> list[socket.socket]:
    """Listen for TCP connections at every address that a name stands for.

    Args:
        host: A name or an address of this machine.
        port: The port; 0 for one that is free.
        reuse_port: Whether others may listen at it too, to share the connections.

    Raises:
        ConfigError: It is not possible, and why.
    """
    found = _bind(host, port, socket.SOCK_STREAM, reuse_port=reuse_port)
    for listener in found:
        listener.listen(BACKLOG)
    return found


def receive(host: str, port: int, *, reuse_port: bool) -> list[socket.socket]:
    """Take datagrams (UDP) at every address that a name stands for; see `listen`.

    Raises:
        ConfigError: It is not possible, and why.
    """
    return _bind(host, port, socket.SOCK_DGRAM, reuse_port=reuse_port)


def address_of(bound: socket.socket) -> Address:
    """Return the address and the port that a socket is bound to."""
    host, port = bound.getsockname()[:2]
    return host, port


def describe(addresses: list[Address]) -> str:
    """Return addresses as a person writes them."""
    return ", ".join(f"[{host}]:{port}" if ":" in host else f"{host}:{port}" for host, port in addresses)


def _bind(host: str, port: int, kind: int, *, reuse_port: bool) -> list[socket.socket]:
    bound: list[socket.socket] = []
    absent: OSError | None = None
    try:
        for family, address in _resolve(host, port, kind):
            try:
                # All addresses of a name share the port that was free at the first.
                chosen = (address[0], address_of(bound[0])[1] if bound else port, *address[2:])
                bound.append(_open(family, kind, chosen, reuse_port=reuse_port))
            except OSError as error:
                if error.errno not in ABSENT:
                    raise
                absent = error
        if absent is not None and not bound:
            raise absent
    except OSError as error:
        for opened in bound:
            opened.close()
        raise ConfigError(_explain(host, port, error)) from error
    return bound


def _resolve(host: str, port: int, kind: int) -> list[tuple[int, tuple[str | int, ...]]]:
    try:
        host.encode("idna")
    except UnicodeError as error:
        raise socket.gaierror(socket.EAI_NONAME, str(error)) from None
    found = socket.getaddrinfo(host, port, type=kind, flags=socket.AI_PASSIVE)
    return list(
        dict.fromkeys(
            (int(family), cast("tuple[str | int, ...]", address)) for family, _, _, _, address in found
        )
    )


def _open(family: int, kind: int, address: tuple[str | int, ...], *, reuse_port: bool) -> socket.socket:
    opened = socket.socket(family, kind)
    return prepared(opened, lambda: _take(opened, family, kind, address, reuse_port=reuse_port))


def _take(
    opened: socket.socket, family: int, kind: int, address: tuple[str | int, ...], *, reuse_port: bool
) -> None:
    if kind == socket.SOCK_STREAM:
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if reuse_port:
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    if family == socket.AF_INET6:
        opened.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    opened.bind(address)


def prepared(opened: socket.socket, prepare: Callable[[], object]) -> socket.socket:
    """Return a socket once it is prepared; it is closed if that fails."""
    try:
        prepare()
    except BaseException:
        opened.close()
        raise
    return opened


def _explain(host: str, port: int, error: OSError) -> str:
    reason = os.strerror(error.errno) if error.errno and error.errno > 0 else str(error)
    cure = CURES.get(error.errno or 0, "")
    return f"Nothing can be received at {describe([(host, port)])}: {reason}. {cure}".rstrip()
