"""Udp: sends each event as a datagram over UDP."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Annotated

from msgspec import Meta

from wishbone.arguments import EncoderFactory
from wishbone.module import OutputModule
from wishbone_network import connect_udp
from wishbone_output_socket.connection import DatagramConnection
from wishbone_output_socket.delivery import Balance, Delivery
from wishbone_output_socket.destination import parse_destinations

if TYPE_CHECKING:
    from wishbone.actor import ActorConfig
    from wishbone_network import Address

_Text = Annotated[str, Meta(min_length=1)]


class Udp(OutputModule):
    """Sends each event as a datagram over UDP.

    UDP loses datagrams without notice, and a busy receiver drops them. If the destination reports that
    nothing receives on the port, the current event is sent again after a growing delay, or to another
    destination; the event before it is lost.

        modules:
          input:
            module: wishbone.input.generator
            arguments: {payload: hello, count: 3}
          udp:
            module: wishbone.output.udp
            arguments: {destination: "127.0.0.1:5140"}
        routingtable:
          - input.outbox -> udp.inbox

    With several destinations, `failover` sends to the first in the list that is not known to be away, and
    `round_robin` to each in turn.

    An event fails when it cannot be encoded, when it is longer than a datagram can be (65507 bytes), when it
    has waited for longer than `retry_for`, and when the module is stopped while no destination can be
    reached.

    Args:
        destination: The peer: `host:port`, `[address]:port` for IPv6, or a list of them. Names are looked up
            at the start, and again after a receiver was away.
        encoder: What makes bytes of an event: by default the text as it is, without a delimiter, and JSON
            for other payloads.
        balance: Which destination is next: `failover` or `round_robin`.
        timeout: Seconds that the system may take to send a datagram.
        retry_for: Seconds that an event waits while no destination can be reached, before it fails; by
            default there is no limit.

    Queues:
        inbox: The events to send.
    """

    def __init__(  # noqa: PLR0917 - a module has as many arguments as it has options
        self,
        config: ActorConfig,
        destination: _Text | Annotated[list[_Text], Meta(min_length=1)],
        encoder: EncoderFactory = EncoderFactory("plain", delimiter=""),  # noqa: B008 - it never changes
        balance: Balance = "failover",
        timeout: Annotated[float, Meta(gt=0)] = 10,
        retry_for: Annotated[float, Meta(ge=0)] | None = None,
    ) -> None:
        """Take events from `inbox`."""
        super().__init__(config)
        self.pool.createQueue("inbox")
        self._encoder = encoder
        self._timeout = timeout
        addresses = parse_destinations(self.name, destination)
        peers = {str(address): partial(self._connect, address) for address in addresses}
        self.delivery = Delivery(self, peers, balance, retry_for)

    def preHook(self) -> None:
        """Look the names up in the background."""
        self.delivery.start()

    def postHook(self) -> None:
        """Close the sockets."""
        self.delivery.close()

    def _connect(self, address: Address) -> DatagramConnection:
        return DatagramConnection(connect_udp(address, self._timeout), self._encoder)
