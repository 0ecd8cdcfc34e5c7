"""Unix: receives from processes of this machine over a Unix socket."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Annotated, Literal

from gevent import socket
from msgspec import Meta

from wishbone.arguments import DecoderFactory
from wishbone.module import InputModule
from wishbone_input_socket.datagrams import DatagramReceiver
from wishbone_input_socket.server import Limits, Server
from wishbone_network import UnixAddress

if TYPE_CHECKING:
    from wishbone.actor import ActorConfig
    from wishbone_input_socket.emitter import Peer

CREDENTIALS = struct.Struct("3i")
"""Process, user and group of a peer, as Linux gives them (unix(7), ucred)."""

_Seconds = Annotated[float, Meta(gt=0)]
_Count = Annotated[int, Meta(ge=1)]


class Unix(InputModule):
    """Receives from processes of this machine over a Unix socket.

    With `kind: stream` each connection is a stream that the decoder cuts into events; with `kind: datagram`
    each datagram is a stream of its own, such as a message to `/dev/log`.

        modules:
          input:
            module: wishbone.input.unix
            arguments: {path: /run/app.sock, mode: "0666"}
          stdout:
            module: wishbone.output.stdout
        routingtable:
          - input.outbox -> stdout.inbox

    The path is created when the module starts and removed when it stops. A socket at the path on which no
    process listens is replaced; anything else there is left alone, and the module does not start. A path
    that begins with `@` is an abstract name (Linux): it is not a file, and every process may send to it.

    When the pipeline is busy, nothing more is read, and the senders wait. A connection over
    `max_connections` is closed at once. When the module is stopped, it reads what has been received.

    `tmp.<name of the module>` of an event has the sender's `pid`, `uid` and `gid`, as the system knows them.

    A frame fails when the decoder cannot read it, or when it is too long. The beginning of a frame fails
    when its connection is lost, times out or is cut off by a stop. A datagram fails when it is longer than
    `max_datagram`. A connection is closed when the decoder can read nothing more of it.

    Args:
        path: Where the socket is, up to 107 bytes.
        kind: `stream` or `datagram`.
        decoder: What makes values of a stream or a datagram: by default lines of text.
        mode: The permissions of the path, as octal digits in quotes; who may write may send.
        max_connections: The number of connections that may be open. The process's limit of open files is
            raised for them. If the system does not allow it, fewer may be open, and a warning is logged.
        idle_timeout: Seconds after which a connection that sends nothing is closed; never by default.
        max_datagram: Bytes of the longest datagram.
        receive_buffer: Bytes that the system buffers while the module is busy; its default if not set.

    Queues:
        outbox: The values, as the decoder makes them.
        failed: Frames that the decoder cannot read, and those cut off.
    """

    def __init__(  # noqa: PLR0917 - a module has as many arguments as it has options
        self,
        config: ActorConfig,
        path: Annotated[str, Meta(min_length=2)],
        kind: Literal["stream", "datagram"] = "stream",
        decoder: DecoderFactory = DecoderFactory("plain"),  # noqa: B008 - it never changes
        mode: Annotated[str, Meta(pattern="^0?[0-7]{3}$")] = "0600",
        max_connections: _Count = 1000,
        idle_timeout: _Seconds | None = None,
        max_datagram: _Count = 1 << 18,
        receive_buffer: _Count | None = None,
    ) -> None:
        """Submit events to `outbox`."""
        super().__init__(config)
        self.pool.createQueue("outbox")
        self.kind = kind
        socket_kind = socket.SOCK_STREAM if kind == "stream" else socket.SOCK_DGRAM
        self._address = UnixAddress(path, socket_kind, int(mode, 8))
        limits = Limits(max_connections, None, 10, idle_timeout)
        self.server = Server(self, decoder, limits, _identify)
        self.datagrams = DatagramReceiver(self, decoder, max_datagram, receive_buffer, _receive)

    def preHook(self) -> None:
        """Bind the path, and receive.

        Raises:
            ConfigError: The path cannot be used.
        """
        bound = self._address.bind()
        if self.kind == "stream":
            self.server.start([bound])
        else:
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
            self.datagrams.start([bound])
        self.logging.info(f"Receiving on {self._address.path!r}.")

    def postHook(self) -> None:
        """Close the socket and the connections, and remove the path."""
        self.server.close()
        self.datagrams.close()
        self._address.remove()


def _identify(accepted: socket.socket, _: object) -> Peer:
    found = accepted.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, CREDENTIALS.size)
    pid, uid, gid = CREDENTIALS.unpack(found)
    return {"pid": pid, "uid": uid, "gid": gid}


def _receive(bound: socket.socket, longest: int) -> tuple[bytes, bool, Peer]:
    """Take a datagram, and with it the process that sent it."""
    data, ancillary, flags, _ = bound.recvmsg(longest, socket.CMSG_SPACE(CREDENTIALS.size))
    peer = {}
    for level, kind, content in ancillary:
        if (level, kind) == (socket.SOL_SOCKET, socket.SCM_CREDENTIALS):
            pid, uid, gid = CREDENTIALS.unpack(content)
            peer = {"pid": pid, "uid": uid, "gid": gid}
    return data, bool(flags & socket.MSG_TRUNC), peer
