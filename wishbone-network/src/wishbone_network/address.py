"""Address: a host and a port."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from wishbone.error import ConfigError

if TYPE_CHECKING:
    from gevent import socket

HIGHEST_PORT = 65535

_WRITTEN = re.compile(r"(\[(?P<six>[^\[\]]+)\]|(?P<host>[^\[\]:\s]+)):(?P<port>[0-9]{1,5})")


class Address(NamedTuple):
    """A host and a port."""

    host: str
    port: int

    def __str__(self) -> str:
        """Return `host:port`, or `[host]:port` for an IPv6 address."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def parse_address(text: str) -> Address:
    """Parse `host:port`, or `[address]:port` for an IPv6 address.

    Raises:
        ConfigError: The text is not an address; the message is a cause for `wrong_arguments`.
    """
    found = _WRITTEN.fullmatch(text)
    port = int(found["port"]) if found else 0
    if found is None or not 1 <= port <= HIGHEST_PORT:
        message = (
            f"{text!r} is not an address: write 'host:port', such as 'logs.example:6514' or '[::1]:6514',"
            " with a port from 1 to 65535."
        )
        raise ConfigError(message)
    host = found["six"] or found["host"]
    check_host(host)
    return Address(host, port)


def check_host(host: str) -> None:
    """Check that a text can be the name of a host. Nothing is looked up.

    Raises:
        ConfigError: It cannot; the message is a cause for `wrong_arguments`.
    """
    try:
        host.encode("idna")
    except UnicodeError as error:
        message = f"{host!r} is not a valid host name ({error})."
        raise ConfigError(message) from None


def bound_address(bound: socket.socket) -> Address:
    """Return the address that a TCP or UDP socket is bound to."""
    host, port = bound.getsockname()[:2]
    return Address(host, port)
