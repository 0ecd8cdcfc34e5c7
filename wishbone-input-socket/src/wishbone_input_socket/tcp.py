"""Tcp: receives streams over TCP or TLS."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, cast

from msgspec import Meta

from wishbone.arguments import DecoderFactory
from wishbone.module import InputModule
from wishbone_input_socket.server import Limits, Server
from wishbone_network import (
    Address,
    MinimumVersion,
    bound_address,
    enable_keepalive,
    listen_tcp,
    server_tls,
)

if TYPE_CHECKING:
    from gevent import socket

    from wishbone.actor import ActorConfig
    from wishbone_input_socket.emitter import Peer

_Text = Annotated[str, Meta(min_length=1)]
_Seconds = Annotated[float, Meta(gt=0)]
_Count = Annotated[int, Meta(ge=1)]


class Tcp(InputModule):
    """Receives streams over TCP or TLS.

    Each connection is a stream of its own, which the decoder cuts into events. When the pipeline is busy,
    nothing more is read, and TCP makes the senders wait. Connections take turns, so that one that sends
    without a pause does not delay the others, and neither do quiet, slow and half-open ones.

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

    With a `cert_file` it speaks TLS, and with a `ca_file` only with peers that show a certificate of these
    authorities. Renewed files are read within a minute and used for new connections. While they cannot be
    used, the previous ones stay in use and an error is logged.

    A connection over the limits is closed at once, so that its peer can go elsewhere. It is counted, and
    logged at most once a minute. Keepalives find peers that vanished within two minutes of silence.

    TCP does not confirm that an event has arrived at its destination: what the system has received when
    the process dies is lost, and the sender does not know. When the module is stopped, it reads what has
    been received until then.

    `tmp.<name of the module>` of an event has the sender's `address` and `port`, and, if it showed a
    certificate, the first name in it as `certificate`.

    A frame fails when the decoder cannot read it, or when it is longer than the decoder's `max_size`. The
    beginning of a frame fails when its connection is lost, times out or is cut off by a stop; if the sender
    closes the connection in order, it counts as a frame. A connection is closed when the decoder can read
    nothing more of it, such as damaged compressed data.

    Args:
        port: The port; 0 for a free one, which is logged.
        host: The address to listen on, or a name for several; `0.0.0.0` and `::` are all of IPv4 and of IPv6.
        decoder: What makes values of a stream: by default lines of text.
        max_connections: The number of connections that may be open. The process's limit of open files is
            raised for them. If the system does not allow it, fewer may be open, and a warning is logged.
        max_per_host: The number of them that may come from one address; no limit by default.
        idle_timeout: Seconds after which a connection that sends nothing is closed; never by default.
        handshake_timeout: Seconds for the TLS handshake.
        reuse_port: Whether other processes may listen on the port too; the system distributes the
            connections (SO_REUSEPORT).
        cert_file: A certificate (PEM), and those between it and an authority, to speak TLS.
        key_file: Its key, if it is not in the same file.
        key_password: The password of the key, if it is encrypted.
        ca_file: The authorities (PEM) whose certificates peers must have.
        tls_minimum: The oldest version of TLS to speak.

    Queues:
        outbox: The values, as the decoder makes them.
        failed: Frames that the decoder cannot read, and those cut off.
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
        """Submit events to `outbox`."""
        super().__init__(config)
        self.pool.createQueue("outbox")
        self.host = host
        self.port = port
        self.reuse_port = reuse_port
        self.addresses: list[Address] = []
        self._tls = server_tls(
            self,
            cert_file=cert_file,
            key_file=key_file,
            key_password=key_password,
            ca_file=ca_file,
            tls_minimum=tls_minimum,
        )
        limits = Limits(max_connections, max_per_host, handshake_timeout, idle_timeout)
        self.server = Server(self, decoder, limits, _identify, self._tls)

    def preHook(self) -> None:
        """Listen, and accept connections.

        Raises:
            ConfigError: An address or the certificates cannot be used.
        """
        if self._tls is not None:
            self._tls.load()
        listeners = listen_tcp(self.host, self.port, reuse_port=self.reuse_port)
        self.addresses = [bound_address(listener) for listener in listeners]
        secured = " (TLS)" if self._tls is not None else ""
        self.logging.info(f"Listening on {', '.join(map(str, self.addresses))}{secured}.")
        self.server.start(listeners)

    def postHook(self) -> None:
        """Close the listeners and the connections."""
        self.server.close()


def _identify(accepted: socket.socket, address: object) -> Peer:
    enable_keepalive(accepted, idle=60, interval=15, count=4)
    host, port = cast("Address", address)[:2]
    return {"address": host, "port": port}
