"""Tcp: makes events of what peers send over TCP or TLS."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, cast

from gevent import socket
from msgspec import Meta

from wishbone.arguments import DecoderFactory
from wishbone.error import ConfigError
from wishbone.module import InputModule
from wishbone_input_socket.descriptors import make_room
from wishbone_input_socket.listener import Address, address_of, describe, listen
from wishbone_input_socket.server import KEEP_ALIVE, Limits, Server
from wishbone_input_socket.tls import Certificates, MinimumVersion

if TYPE_CHECKING:
    from wishbone.actor import ActorConfig
    from wishbone_input_socket.outlet import Peer

RENEW_SECONDS = 60.0
"""Seconds between two looks whether certificates were renewed."""

_Text = Annotated[str, Meta(min_length=1)]
_Seconds = Annotated[float, Meta(gt=0)]
_Count = Annotated[int, Meta(ge=1)]


class Tcp(InputModule):
    """Makes events of what peers send over TCP or TLS.

    Each connection is a stream of its own, which the decoder cuts into events. When the pipeline is
    busy, nothing more is read, and TCP makes the senders wait. Connections take turns: one that sends
    without a pause does not hold up the others, nor do quiet, slow and half-open ones.

        modules:
          input:
            module: wishbone.input.tcp
            arguments:
              host: 127.0.0.1
              port: 5140
              decoder: {plain: {max_size: 8192}}
          stdout:
            module: wishbone.output.stdout
        routingtable:
          - input.outbox -> stdout.inbox

    With a `cert_file` it speaks TLS, and with a `ca_file` only with peers that show a certificate of
    these authorities. Files that are renewed are read again within a minute, for connections to come.

    A connection beyond the limits is closed at once, so that its peer can go elsewhere; it is counted and
    logged, not more than once a minute. Peers that vanished without a word are found out by keepalives
    after two minutes of silence.

    TCP tells nobody that an event has arrived where it goes: what the system has received when the
    process dies is lost, and its sender does not know. When the module is stopped, it reads what has
    been received until then.

    `tmp.<name of the module>` of an event has the sender's `address` and `port`, and as `certificate` the
    first name in the certificate that it showed, if it did.

    A frame fails when the decoder can make nothing of it or it is too long; the decoder's `max_size`
    says what that is. What came of an unfinished frame fails when its connection is lost, timed out or
    cut off by a stop; where the sender closes in order, it is a frame. A connection is closed when the
    decoder can read nothing more of it, such as compressed bytes that are damaged.

    Args:
        port: The port; 0 for one that is free, which the log tells.
        host: The address to listen at, or a name for several; `0.0.0.0` and `::` are all of IPv4 and of IPv6.
        decoder: What makes values of a stream: by default lines of text.
        max_connections: How many connections there are at a time. The process's limit of open files is
            raised for them, as far as the system allows it.
        max_per_host: How many of them from one address, if that is to be limited.
        idle_timeout: Seconds after which a connection that sends nothing is closed, if it is to be.
        handshake_timeout: Seconds in which TLS must be agreed upon.
        reuse_port: Whether other processes may listen at the port too: the system shares the connections
            out among them (SO_REUSEPORT).
        cert_file: A certificate (PEM), and those between it and an authority, to speak TLS.
        key_file: Its key, if it is not in the same file.
        key_password: What the key is encrypted with, if it is.
        ca_file: The authorities (PEM) that peers must have a certificate of.
        tls_minimum: The oldest version of TLS to speak.

    Queues:
        outbox: The values, as the decoder makes them.
        failed: Frames that the decoder can make nothing of, and those cut off.
    """

    def __init__(  # noqa: PLR0917 - a module has as many arguments as it has options
        self,
        config: ActorConfig,
        port: Annotated[int, Meta(ge=0, le=65535)],
        host: _Text = "127.0.0.1",
        decoder: DecoderFactory = DecoderFactory("plain"),  # noqa: B008 - it never changes
        max_connections: _Count = 1000,
        max_per_host: _Count | None = None,
        idle_timeout: _Seconds | None = None,
        handshake_timeout: _Seconds = 10,
        reuse_port: bool = False,
        cert_file: _Text | None = None,
        key_file: _Text | None = None,
        key_password: _Text | None = None,
        ca_file: _Text | None = None,
        tls_minimum: MinimumVersion = "1.2",
    ) -> None:
        """Bring events out by `outbox`."""
        super().__init__(config)
        self.pool.createQueue("outbox")
        if cert_file is None and (key_file or key_password or ca_file):
            message = (
                f"The arguments of module {self.name!r} are wrong. 'key_file', 'key_password' and 'ca_file'"
                " need the 'cert_file' that they belong to."
            )
            raise ConfigError(message)
        self.host = host
        self.port = port
        self.reuse_port = reuse_port
        self.addresses: list[Address] = []
        self._certificates = (
            None
            if cert_file is None
            else Certificates(cert_file, key_file, key_password, ca_file, tls_minimum)
        )
        limits = Limits(max_connections, max_per_host, handshake_timeout, idle_timeout)
        self.server = Server(self, decoder, limits, _identify)

    def preHook(self) -> None:
        """Take the addresses, and begin to accept.

        Raises:
            ConfigError: An address cannot be used, or the certificates cannot.
        """
        context = None
        if self._certificates is not None:
            context = self._certificates.load()
            self.sendToBackground(self.renew, self._certificates)
        wanted = self.server.limits.connections
        possible = make_room(wanted)
        if possible < wanted:
            self.logging.warning(
                f"The system allows no more than about {possible} connections, and not the {wanted} of"
                " 'max_connections': raise the limit of open files (LimitNOFILE, ulimit -Hn)."
            )
        listeners = listen(self.host, self.port, reuse_port=self.reuse_port)
        self.addresses = [address_of(listener) for listener in listeners]
        self.logging.info(f"Listens at {describe(self.addresses)}{' (TLS)' if context else ''}.")
        self.server.start(listeners, context)

    def renew(self, certificates: Certificates) -> None:
        """Read the certificates again when somebody has renewed them, for connections to come."""
        while self.sleep(RENEW_SECONDS):
            if certificates.renewed:
                try:
                    self.server.context = certificates.load()
                except ConfigError as error:
                    self.logging.error(f"{error} Those read before are used on.")
                else:
                    self.logging.info("The certificates were renewed.")

    def postHook(self) -> None:
        """Close what is open."""
        self.server.close()


def _identify(accepted: socket.socket, address: object) -> Peer:
    """Return where a peer is, and have the system ask now and then whether it is still there."""
    accepted.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for option, value in KEEP_ALIVE.items():
        accepted.setsockopt(socket.IPPROTO_TCP, option, value)
    host, port = cast("Address", address)[:2]
    return {"address": host, "port": port}
