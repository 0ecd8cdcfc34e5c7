"""Receives over sockets: TCP, TLS, UDP, and Unix sockets of streams and of datagrams."""

from wishbone_input_socket.tcp import Tcp
from wishbone_input_socket.udp import Udp
from wishbone_input_socket.unix import Unix

__all__ = ["Tcp", "Udp", "Unix"]
