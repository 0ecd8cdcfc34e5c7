"""Tcp: sends events over TCP or TLS."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Annotated

from msgspec import Meta

from wishbone.arguments import EncoderFactory
from wishbone.module import OutputModule
from wishbone_network import MinimumVersion, client_tls
from wishbone_output_socket.connection import StreamConnection
from wishbone_output_socket.delivery import Balance, Delivery
from wishbone_output_socket.destination import parse_destinations

if TYPE_CHECKING:
    from wishbone.actor import ActorConfig

_Text = Annotated[str, Meta(min_length=1)]


class Tcp(OutputModule):
    """Sends events over TCP or TLS.

    A connection that is lost is opened again: at once if it had lasted for half a minute, else after a
    delay that grows up to half a minute. Meanwhile the module keeps the event, and those after it wait, or
    another destination takes them.

        modules:
          input:
            module: wishbone.input.generator
            arguments: {payload: {user: ada}, count: 3}
          tcp:
            module: wishbone.output.tcp
            arguments:
              destination: ["127.0.0.1:5140", "127.0.0.1:5141"]
              encoder: json
        routingtable:
          - input.outbox -> tcp.inbox

    With several destinations there is a connection to each. `failover` sends to the first in the list that
    can be reached, and goes back to an earlier one as soon as it can be reached again; `round_robin` sends
    batches to each in turn, and leaves out those that cannot be reached.

    TCP does not confirm delivery: an event counts as delivered once the operating system has taken its
    bytes, and what was in the connection's buffers is lost when the peer dies. What was being sent when a
    connection was lost is sent again, whole: the peer may already have a part of it, or all.

    Renewed certificates are used for the next connection. While they cannot be used, the previous ones stay
    in use and an error is logged.

    An event fails when it cannot be encoded, when it has waited for longer than `retry_for`, and when the
    module is stopped while no destination can be reached.

    Args:
        destination: The peer: `host:port`, `[address]:port` for IPv6, or a list of them. Names are looked
            up for each connection.
        encoder: What makes bytes of an event: by default lines of text, with JSON for other payloads.
        balance: Which destination is next: `failover` or `round_robin`.
        timeout: Seconds for connecting, and after which the connection to a peer that takes no bytes at all
            counts as lost.
        tls: Whether to speak TLS.
        ca_file: The authorities (PEM) to trust; those of the system by default.
        cert_file: The certificate (PEM) to show to the peer.
        key_file: Its key, if it is not in the same file.
        key_password: The password of the key, if it is encrypted.
        server_name: The name that the peer's certificate must have; the destination's host by default.
        verify: Whether the peer's certificate must be valid and have that name.
        tls_minimum: The oldest version of TLS to speak.
        retry_for: Seconds that an event waits while no destination can be reached, before it fails; by
            default there is no limit.

    Queues:
        inbox: The events to send.
    """

    def __init__(  # noqa: PLR0917 - a module has as many arguments as it has options
        self,
        config: ActorConfig,
        destination: _Text | Annotated[list[_Text], Meta(min_length=1)],
        encoder: EncoderFactory = EncoderFactory("plain"),  # noqa: B008 - it never changes
        balance: Balance = "failover",
        timeout: Annotated[float, Meta(gt=0)] = 10,
        tls: bool = False,
        ca_file: _Text | None = None,
        cert_file: _Text | None = None,
        key_file: _Text | None = None,
        key_password: _Text | None = None,
        server_name: _Text | None = None,
        verify: bool = True,
        tls_minimum: MinimumVersion = "1.2",
        retry_for: Annotated[float, Meta(ge=0)] | None = None,
    ) -> None:
        """Take events from `inbox`."""
        super().__init__(config)
        self.pool.createQueue("inbox")
        self._tls = client_tls(
            self,
            enabled=tls,
            cure="set 'tls' to true",
            ca_file=ca_file,
            cert_file=cert_file,
            key_file=key_file,
            key_password=key_password,
            server_name=server_name,
            tls_minimum=tls_minimum,
            verify=verify,
        )
        peers = {
            str(address): partial(StreamConnection.open, address, timeout, self._tls, encoder)
            for address in parse_destinations(self.name, destination)
        }
        self.delivery = Delivery(self, peers, balance, retry_for)

    def preHook(self) -> None:
        """Read the certificates, and connect in the background: the peers may start later.

        Raises:
            ConfigError: The certificates cannot be used.
        """
        if self._tls is not None:
            self._tls.load()
        self.delivery.start()

    def postHook(self) -> None:
        """End the connections."""
        self.delivery.close()
