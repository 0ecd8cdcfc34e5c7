"""Address: a host and a port, as a person writes them."""

from __future__ import annotations

import re
from typing import NamedTuple

from wishbone.error import ConfigError

HIGHEST_PORT = 65535

_WRITTEN = re.compile(r"(\[(?P<six>[^\[\]]+)\]|(?P<host>[^\[\]:\s]+)):(?P<port>[0-9]{1,5})")


class Address(NamedTuple):
    """Where a peer is expected."""

    host: str
    port: int

    def __str__(self) -> str:
        """Write it."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def read_addresses(module: str, destination: str | list[str]) -> list[Address]:
    """Read one address or several: `host:port`, or `[address]:port` for an IPv6 address.

    Args:
        module: The name of the module instance that they are for.
        destination: What somebody wrote.

    Raises:
        ConfigError: One of them is no address.
    """
    texts = [destination] if isinstance(destination, str) else destination
    return [_read(module, text) for text in texts]


def _read(module: str, text: str) -> Address:
    found = _WRITTEN.fullmatch(text)
    port = int(found["port"]) if found else 0
    if found is None or not 1 <= port <= HIGHEST_PORT:
        message = (
            f"The arguments of module {module!r} are wrong. 'destination' has {text!r}, which is no address:"
            " write 'host:port', such as 'logs.example:6514' or '[::1]:6514', with a port from 1 to 65535."
        )
        raise ConfigError(message)
    host = found["six"] or found["host"]
    try:
        host.encode("idna")
    except UnicodeError as error:
        message = (
            f"The arguments of module {module!r} are wrong. 'destination' has {text!r}, and {host!r} is no"
            f" name of a host ({error})."
        )
        raise ConfigError(message) from None
    return Address(host, port)
