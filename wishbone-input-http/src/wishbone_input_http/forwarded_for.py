"""ForwardedFor: the address of a client whose requests come through proxies."""

from __future__ import annotations

from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING

from wishbone.error import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wishbone_input_http.request import Request


class ForwardedFor:
    """Finds the address of a client. It believes `X-Forwarded-For` as far as trusted proxies wrote it."""

    def __init__(self, trusted_proxies: Iterable[str]) -> None:
        """Parse the addresses and networks of the proxies, such as `10.0.0.0/8`.

        Raises:
            ConfigError: One of them is not valid.
        """
        try:
            self._networks = [ip_network(text) for text in trusted_proxies]
        except ValueError as error:
            message = f"'trusted_proxies' is wrong: {error}. Write addresses, or networks such as 10.0.0.0/8."
            raise ConfigError(message) from None

    def find(self, request: Request, peer: str) -> str:
        """Return the address of the client that sent a request.

        Args:
            request: The request, for its headers.
            peer: The address of the connection's peer: the client, or the last proxy.
        """
        if not self._networks or not self._trusts(peer):
            return peer
        client = peer
        for hop in reversed(request.header(b"x-forwarded-for").split(",")):
            address = hop.strip()
            if not _is_address(address):
                break
            client = address
            if not self._trusts(address):
                break
        return client

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
