"""Udp: makes events of datagrams that are sent over UDP."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from msgspec import Meta

from wishbone.arguments import DecoderFactory
from wishbone.module import InputModule
from wishbone_input_socket.datagrams import Datagrams
from wishbone_input_socket.listener import Address, address_of, describe, receive

if TYPE_CHECKING:
    from gevent import socket

    from wishbone.actor import ActorConfig
    from wishbone_input_socket.outlet import Peer

LONGEST = 65535
"""Bytes that no datagram exceeds."""


class Udp(InputModule):
    """Makes events of datagrams that are sent over UDP.

    Each datagram is a stream of its own: one or more whole frames, none of which goes on in the next one.

        modules:
          input:
            module: wishbone.input.udp
            arguments: {host: 127.0.0.1, port: 5140}
          stdout:
            module: wishbone.output.stdout
        routingtable:
          - input.outbox -> stdout.inbox

    UDP loses datagrams, and its senders can put any address on them. When the pipeline is busy, the
    system keeps what comes until its buffer is full, and drops the rest; what it dropped is counted and
    logged (Linux), not more than once a minute. When the module is stopped, it reads what has been
    received until then.

    `tmp.<name of the module>` of an event has the sender's `address` and `port`.

    Args:
        port: The port; 0 for one that is free, which the log tells.
        host: The address to receive at, or a name for several; `0.0.0.0` and `::` are all of IPv4 and IPv6.
        decoder: What makes values of a datagram: by default lines of text.
        receive_buffer: Bytes that the system is asked to keep while the module is busy; it has a limit of
            its own (net.core.rmem_max).
        reuse_port: Whether other processes may receive at the port too: the system shares the senders
            out among them (SO_REUSEPORT).

    Queues:
        outbox: The values, as the decoder makes them.
        failed: Frames that the decoder can make nothing of.
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
        """Bring events out by `outbox`."""
        super().__init__(config)
        self.pool.createQueue("outbox")
        self.host = host
        self.port = port
        self.reuse_port = reuse_port
        self.addresses: list[Address] = []
        self.datagrams = Datagrams(self, decoder, LONGEST, receive_buffer, _receive)

    def preHook(self) -> None:
        """Take the addresses, and begin to receive.

        Raises:
            ConfigError: An address cannot be used.
        """
        sockets = receive(self.host, self.port, reuse_port=self.reuse_port)
        self.addresses = [address_of(bound) for bound in sockets]
        self.logging.info(f"Receives at {describe(self.addresses)}.")
        self.datagrams.start(sockets)

    def postHook(self) -> None:
        """Close the sockets."""
        self.datagrams.close()


def _receive(bound: socket.socket, longest: int) -> tuple[bytes, bool, Peer]:
    data, address = bound.recvfrom(longest)
    return data, False, {"address": address[0], "port": address[1]}
