"""ForwardedFor: the address of a client whose requests come through proxies."""

from __future__ import annotations

import re
from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING

from wishbone.error import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wishbone_input_http.request import Request


_FOR = re.compile(r"(?:^|;)\s*for\s*=\s*([^;]*)", re.IGNORECASE)
_HOP = re.compile(r"\[(?P<bracketed>[^\]]*)\](?::\d+)?|(?P<with_port>[0-9.]+):\d+|(?P<plain>.*)")


class ForwardedFor:
    """Finds the address of a client in what trusted proxies wrote into the headers of its request."""

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
        for hop in reversed(_find_hops(request)):
            address = _parse_address(hop)
            if address is None:
                break
            client = address
            if not self._trusts(address):
                break
        return client

    def _trusts(self, text: str) -> bool:
        address = ip_address(text.partition("%")[0])
        mapped = getattr(address, "ipv4_mapped", None)
        return any((mapped or address) in network for network in self._networks)


def _find_hops(request: Request) -> list[str]:
    """Return the addresses in `X-Forwarded-For` or, without it, in `Forwarded` (RFC 7239).

    A proxy that writes the first passes the second on from the client, who could have forged it.
    """
    if b"x-forwarded-for" in request.headers:
        return request.header(b"x-forwarded-for").split(",")
    hops = (_FOR.search(element) for element in request.header(b"forwarded").split(","))
    return ["" if hop is None else hop[1].strip('"') for hop in hops]


def _parse_address(hop: str) -> str | None:
    """Return the address of a hop, which may have a port: `192.0.2.1:80`, `[2001:db8::1]:80`."""
    found = _HOP.fullmatch(hop.strip())
    if found is None:
        return None
    text = found["bracketed"] or found["with_port"] or found["plain"]
    try:
        ip_address(text)
    except ValueError:
        return None
    return text
