"""What wishbone modules that speak to a network have in common: listen, accept, connect, TLS, backoff."""

from wishbone_network.accept import accept_connections
from wishbone_network.address import Address, bound_address, check_host, parse_address
from wishbone_network.arguments import wrong_arguments
from wishbone_network.backoff import Backoff
from wishbone_network.connect import connect_tcp, connect_udp, connect_unix, start_tls
from wishbone_network.descriptors import DescriptorReservation
from wishbone_network.limits import ConnectionLimiter
from wishbone_network.listen import bind_udp, listen_tcp
from wishbone_network.options import close_on_error, enable_keepalive, is_readable
from wishbone_network.tls import MinimumVersion, Tls, certificate_name, client_tls, server_tls
from wishbone_network.unix import UnixAddress

__all__ = [
    "Address",
    "Backoff",
    "ConnectionLimiter",
    "DescriptorReservation",
    "MinimumVersion",
    "Tls",
    "UnixAddress",
    "accept_connections",
    "bind_udp",
    "bound_address",
    "certificate_name",
    "check_host",
    "client_tls",
    "close_on_error",
    "connect_tcp",
    "connect_udp",
    "connect_unix",
    "enable_keepalive",
    "is_readable",
    "listen_tcp",
    "parse_address",
    "server_tls",
    "start_tls",
    "wrong_arguments",
]
