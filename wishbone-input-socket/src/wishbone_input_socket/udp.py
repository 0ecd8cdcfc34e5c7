"""Udp: receives datagrams over UDP."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from msgspec import Meta

from wishbone.arguments import DecoderFactory
from wishbone.module import InputModule
from wishbone_input_socket.datagrams import DatagramReceiver
from wishbone_network import Address, bind_udp, bound_address

if TYPE_CHECKING:
    from gevent import socket

    from wishbone.actor import ActorConfig
    from wishbone_input_socket.emitter import Peer

LONGEST = 65535
"""Bytes of the longest datagram there can be."""


class Udp(InputModule):
    """Receives datagrams over UDP.

    Each datagram is a stream of its own: one or more whole frames, none of which continues in the next one.

        modules:
          input:
            module: wishbone.input.udp
            arguments: {host: 127.0.0.1, port: 5140}
          stdout:
            module: wishbone.output.stdout
        routingtable:
          - input.outbox -> stdout.inbox

    UDP loses datagrams, and senders can forge their address. When the pipeline is busy, the system keeps
    what arrives until its buffer is full, and drops the rest. The number of dropped datagrams is logged
    (Linux), at most once a minute. When the module is stopped, it reads what has been received until then.

    `tmp.<name of the module>` of an event has the sender's `address` and `port`.

    Args:
        port: The port; 0 for a free one, which is logged.
        host: The address to receive on, or a name for several; `0.0.0.0` and `::` are all of IPv4 and IPv6.
        decoder: What makes values of a datagram: by default lines of text.
        receive_buffer: Bytes that the system should buffer while the module is busy; the system caps it
            (net.core.rmem_max).
        reuse_port: Whether other processes may receive on the port too; the system distributes the
            senders among them (SO_REUSEPORT).

    Queues:
        outbox: The values, as the decoder makes them.
        failed: Frames that the decoder cannot read.
    """

    def __init__(  # noqa: PLR0917 - a module has as many arguments as it has options
        self,
        config: ActorConfig,
        port: Annotated[int, Meta(ge=0, le=65535)],
        host: Annotated[str, Meta(min_length=1)] = "127.0.0.1",
        decoder: DecoderFactory = DecoderFactory("plain"),  # noqa: B008 - it never changes
        receive_buffer: Annotated[int, Meta(ge=1)] = 1 << 22,
        reuse_port: bool = False,
    ) -> None:
        """Submit events to `outbox`."""
        super().__init__(config)
        self.pool.createQueue("outbox")
        self.host = host
        self.port = port
        self.reuse_port = reuse_port
        self.addresses: list[Address] = []
        self.datagrams = DatagramReceiver(self, decoder, LONGEST, receive_buffer, _receive)

    def preHook(self) -> None:
        """Bind the addresses, and receive.

        Raises:
            ConfigError: An address cannot be used.
        """
        sockets = bind_udp(self.host, self.port, reuse_port=self.reuse_port)
        self.addresses = [bound_address(bound) for bound in sockets]
        self.logging.info(f"Receiving on {', '.join(map(str, self.addresses))}.")
        self.datagrams.start(sockets)

    def postHook(self) -> None:
        """Close the sockets."""
        self.datagrams.close()


def _receive(bound: socket.socket, longest: int) -> tuple[bytes, bool, Peer]:
    data, address = bound.recvfrom(longest)
    return data, False, {"address": address[0], "port": address[1]}
