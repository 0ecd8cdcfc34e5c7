"""Proxy: the proxy through which the server is reached."""

from __future__ import annotations

from base64 import b64encode
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import unquote, urlsplit

from wishbone.error import ConfigError
from wishbone_network import Address

if TYPE_CHECKING:
    from collections.abc import Mapping


class Proxy(NamedTuple):
    """A proxy, and the headers that authenticate to it."""

    address: Address
    headers: Mapping[str, str]


def parse_proxy(url: str) -> Proxy:
    """Parse the URL of a proxy, such as `http://user:password@proxy:3128`.

    Raises:
        ConfigError: It is not valid. The message does not repeat it, because it may contain a password.
    """
    try:
        parts = urlsplit(url)
        port = parts.port or 80
    except ValueError:
        parts, port = urlsplit(""), 0
    if parts.scheme != "http" or not parts.hostname or parts.path.strip("/") or parts.query:
        message = "'proxy' is not valid: write 'http://host:port' or 'http://user:password@host:port'."
        raise ConfigError(message)
    headers = {}
    if parts.username is not None:
        credentials = f"{unquote(parts.username)}:{unquote(parts.password or '')}".encode()
        headers["Proxy-Authorization"] = f"Basic {b64encode(credentials).decode()}"
    return Proxy(Address(parts.hostname, port), headers)
