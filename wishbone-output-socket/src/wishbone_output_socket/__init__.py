"""Sends events over sockets: TCP, TLS, UDP, and Unix sockets of streams and of datagrams."""

from wishbone_output_socket.connection import DatagramConnection, StreamConnection
from wishbone_output_socket.delivery import Delivery
from wishbone_output_socket.tcp import Tcp
from wishbone_output_socket.udp import Udp
from wishbone_output_socket.unix import Unix

__all__ = ["DatagramConnection", "Delivery", "StreamConnection", "Tcp", "Udp", "Unix"]
