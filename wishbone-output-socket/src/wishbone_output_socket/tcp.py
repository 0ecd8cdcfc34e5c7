"""Tcp: sends each event over TCP or TLS."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Annotated

from msgspec import Meta

from wishbone.arguments import EncoderFactory
from wishbone.error import ConfigError
from wishbone.module import OutputModule
from wishbone_output_socket.address import Address, read_addresses
from wishbone_output_socket.connection import StreamConnection
from wishbone_output_socket.delivery import Balance, Delivery
from wishbone_output_socket.opening import open_tcp, open_tls
from wishbone_output_socket.tls import Credentials, MinimumVersion, make_context

if TYPE_CHECKING:
    from wishbone.actor import ActorConfig

_Text = Annotated[str, Meta(min_length=1)]


class Tcp(OutputModule):
    """Sends each event over TCP or TLS.

    A connection that is lost is opened again, at once if it had lasted for a minute, else after a pause
    that grows up to half a minute and is never quite the same. Meanwhile the module keeps the event in
    hand, and what is before it waits; or another destination takes it.

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
    can be reached, and goes back to an earlier one as soon as it can be reached again; `round_robin` gives
    each in turn what waits to be sent, and leaves out those that cannot be reached.

    TCP has no acknowledgement: an event counts as delivered once the operating system has taken its bytes,
    and what stood in the connection's buffers when the peer dies is missing. What was being sent when a
    connection was lost is sent again, whole: the peer may have a part of it, or all, already.

    Certificates are read again for each connection.

    An event fails when it cannot be encoded, and when the module is stopped while no destination can be
    reached.

    Args:
        destination: Where to: `host:port`, `[address]:port` for IPv6, or a list of them. Names are looked
            up at each connection.
        encoder: What makes bytes of an event: by default lines of text, with JSON for what is no text.
        balance: Which destination is next: `failover` or `round_robin`.
        timeout: Seconds that connecting may take, and that a connected peer may take nothing at all
            before its connection counts as lost.
        tls: Whether to speak TLS.
        ca_file: The certificates (PEM) that vouch for the peer; those of the system, if not given.
        cert_file: The certificate (PEM) to show to the peer.
        key_file: Its key, if it is not in the same file.
        key_password: What the key is encrypted with, if it is.
        server_name: The name in the peer's certificate; the destination's host, if it is not given.
        verify: Whether the peer's certificate must be valid and be for that name.
        tls_minimum: The oldest version of TLS to speak.

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
    ) -> None:
        """Take events from `inbox`."""
        super().__init__(config)
        self.pool.createQueue("inbox")
        tls_only = {
            "ca_file": ca_file,
            "cert_file": cert_file,
            "key_file": key_file,
            "server_name": server_name,
        }
        for name, value in tls_only.items():
            if value is not None and not tls:
                cause = f"{name!r} is for TLS: set 'tls' to true."
                raise self._wrong(cause)
        if cert_file is None and (key_file or key_password):
            raise self._wrong("'key_file' and 'key_password' need the 'cert_file' that they belong to.")
        credentials = None if cert_file is None else Credentials(cert_file, key_file, key_password)
        self._make_context = partial(make_context, ca_file, credentials, tls_minimum, verify=verify)
        self._tls = tls
        self._encoder = encoder
        self._timeout = timeout
        self._server_name = server_name
        addresses = read_addresses(self.name, destination)
        peers = {str(address): partial(self._connect, address) for address in addresses}
        self.delivery = Delivery(self, peers, balance)
        self.registerConsumer(self.delivery.consume, "inbox")

    def preHook(self) -> None:
        """See whether the certificates can be used, and begin to connect: the peers may start later.

        Raises:
            ConfigError: The certificates cannot be used.
        """
        if self._tls:
            self._make_context()
        self.delivery.start()

    def postHook(self) -> None:
        """End the connections."""
        self.delivery.close()

    def _connect(self, address: Address) -> StreamConnection:
        if not self._tls:
            return StreamConnection(open_tcp(address, self._timeout), self._encoder)
        # Made anew each time: the certificates may have been renewed.
        secured = open_tls(address, self._timeout, self._make_context(), self._server_name)
        connection = StreamConnection(secured, self._encoder)
        try:
            connection.check()
        except BaseException:
            connection.close()
            raise
        return connection

    def _wrong(self, cause: str) -> ConfigError:
        return ConfigError(f"The arguments of module {self.name!r} are wrong. {cause}")
