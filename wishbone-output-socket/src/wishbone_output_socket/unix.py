"""Unix: sends events to a Unix socket of this machine."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Annotated, Literal

from gevent import socket
from msgspec import Meta

from wishbone.arguments import EncoderFactory
from wishbone.module import OutputModule
from wishbone_network import connect_unix
from wishbone_output_socket.connection import Connection, DatagramConnection, StreamConnection
from wishbone_output_socket.delivery import Balance, Delivery

if TYPE_CHECKING:
    from wishbone.actor import ActorConfig

_Text = Annotated[str, Meta(min_length=2)]


class Unix(OutputModule):
    """Sends events to a Unix socket of this machine, as a stream of frames or as datagrams.

    A connection that is lost is opened again after a delay that grows up to half a minute; the receiver
    may start later. Meanwhile the module keeps the event, and those after it wait, or another destination
    takes them. A busy receiver makes it wait.

        modules:
          input:
            module: wishbone.input.generator
            arguments: {payload: hello, count: 3}
          unix:
            module: wishbone.output.unix
            arguments: {path: /run/app.sock, kind: stream}
        routingtable:
          - input.outbox -> unix.inbox

    An event counts as delivered once the operating system has taken its bytes. What was being sent when a
    connection was lost is sent again, whole.

    An event fails when it cannot be encoded, when it is longer than the system allows a datagram to be,
    when it has waited for longer than `retry_for`, and when the module is stopped while no destination can be
    reached.

    Args:
        path: Where the socket is, or a list of paths. One that begins with `@` is an abstract name (Linux).
        kind: `stream` or `datagram`.
        encoder: What makes bytes of an event: by default the text, with JSON for other payloads, and in a
            stream with a newline after it.
        balance: Which destination is next: `failover` or `round_robin`, as for `wishbone.output.tcp`.
        timeout: Seconds for connecting, and after which the connection to a receiver that takes no bytes at
            all counts as lost.
        retry_for: Seconds that an event waits while no destination can be reached, before it fails; by
            default there is no limit.

    Queues:
        inbox: The events to send.
    """

    def __init__(  # noqa: PLR0917 - a module has as many arguments as it has options
        self,
        config: ActorConfig,
        path: _Text | Annotated[list[_Text], Meta(min_length=1)],
        kind: Literal["stream", "datagram"] = "stream",
        encoder: EncoderFactory | None = None,
        balance: Balance = "failover",
        timeout: Annotated[float, Meta(gt=0)] = 10,
        retry_for: Annotated[float, Meta(ge=0)] | None = None,
    ) -> None:
        """Take events from `inbox`."""
        super().__init__(config)
        self.pool.createQueue("inbox")
        self.kind = kind
        self._encoder = encoder or EncoderFactory("plain", delimiter="\n" if kind == "stream" else "")
        self._timeout = timeout
        paths = [path] if isinstance(path, str) else path
        peers = {each: partial(self._connect, each) for each in paths}
        self.delivery = Delivery(self, peers, balance, retry_for)

    def preHook(self) -> None:
        """Connect in the background."""
        self.delivery.start()

    def postHook(self) -> None:
        """End the connections."""
        self.delivery.close()

    def _connect(self, path: str) -> Connection:
        if self.kind == "stream":
            return StreamConnection(connect_unix(path, socket.SOCK_STREAM, self._timeout), self._encoder)
        return DatagramConnection(connect_unix(path, socket.SOCK_DGRAM, self._timeout), self._encoder)
