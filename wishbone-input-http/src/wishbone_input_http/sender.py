"""Sender: whose address a request is from, when proxies may stand in between."""

from __future__ import annotations

from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING

from wishbone.error import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wishbone_input_http.request import Request


class Senders:
    """Tells the address of a sender; believes `X-Forwarded-For` as far as trusted proxies wrote it."""

    def __init__(self, trusted: Iterable[str]) -> None:
        """Note who is trusted.

        Args:
            trusted: Addresses and networks, such as `10.0.0.0/8`.

        Raises:
            ConfigError: One is neither.
        """
        try:
            self._networks = [ip_network(text) for text in trusted]
        except ValueError as error:
            message = f"'trusted_proxies' is wrong: {error}. Write addresses, or networks such as 10.0.0.0/8."
            raise ConfigError(message) from None

    def address(self, request: Request, peer: str) -> str:
        """Return the address that the request is from.

        Args:
            request: Its headers are read.
            peer: The address at the other end of the connection.
        """
        if not self._networks or not self._trusts(peer):
            return peer
        found = peer
        for hop in reversed(request.header(b"x-forwarded-for").split(",")):
            address = hop.strip()
            if not _is_address(address):
                break
            found = address
            if not self._trusts(address):
                break
        return found

    def _trusts(self, text: str) -> bool:
        address = ip_address(text.partition("%")[0])
        mapped = getattr(address, "ipv4_mapped", None)
        return any((mapped or address) in network for network in self._networks)


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
