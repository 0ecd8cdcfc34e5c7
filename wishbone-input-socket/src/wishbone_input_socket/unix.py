"""Unix: makes events of what processes of this machine send to a Unix socket."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Annotated, Literal

from gevent import socket
from msgspec import Meta

from wishbone.arguments import DecoderFactory
from wishbone.module import InputModule
from wishbone_input_socket.datagrams import Datagrams
from wishbone_input_socket.descriptors import make_room
from wishbone_input_socket.local import LocalAddress
from wishbone_input_socket.server import Limits, Server

if TYPE_CHECKING:
    from wishbone.actor import ActorConfig
    from wishbone_input_socket.outlet import Peer

CREDENTIALS = struct.Struct("3i")
"""Process, user and group of a peer, as Linux tells them (unix(7), ucred)."""

_Seconds = Annotated[float, Meta(gt=0)]
_Count = Annotated[int, Meta(ge=1)]


class Unix(InputModule):
    """Makes events of what processes of this machine send to a Unix socket.

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

    The path is made when the module starts and removed when it stops. A socket that nobody listens at any
    more is replaced; anything else at the path is left alone, and the module does not start. A path that
    begins with `@` is an abstract name (Linux): it is no file, and everybody on the machine may use it.

    When the pipeline is busy, nothing more is read, and the senders wait. A connection beyond
    `max_connections` is closed at once. When the module is stopped, it reads what has been received.

    `tmp.<name of the module>` of an event has the sender's `pid`, `uid` and `gid`, as the system knows them.

    A frame fails when the decoder can make nothing of it, or it is too long. What came of an unfinished
    frame fails when its connection is lost, timed out or cut off by a stop. A datagram fails when it is
    longer than `max_datagram`. A connection is closed when the decoder can read nothing more of it.

    Args:
        path: Where the socket is, up to 107 bytes.
        kind: `stream` or `datagram`.
        decoder: What makes values of a stream or a datagram: by default lines of text.
        mode: The permissions of the path, as octal digits in quotes: who may write may send.
        max_connections: How many connections there are at a time. The process's limit of open files is
            raised for them, as far as the system allows it.
        idle_timeout: Seconds after which a connection that sends nothing is closed, if it is to be.
        max_datagram: Bytes of the longest datagram.
        receive_buffer: Bytes that the system keeps for the module while it is busy; as many as the system
            gives, if it is not set.

    Queues:
        outbox: The values, as the decoder makes them.
        failed: Frames that the decoder can make nothing of, and those cut off.
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
        """Bring events out by `outbox`."""
        super().__init__(config)
        self.pool.createQueue("outbox")
        self.kind = kind
        socket_kind = socket.SOCK_STREAM if kind == "stream" else socket.SOCK_DGRAM
        self._address = LocalAddress(path, socket_kind, int(mode, 8))
        limits = Limits(max_connections, None, 10, idle_timeout)
        self.server = Server(self, decoder, limits, _identify)
        self.datagrams = Datagrams(self, decoder, max_datagram, receive_buffer, _receive)

    def preHook(self) -> None:
        """Bind the path, and begin to receive.

        Raises:
            ConfigError: It is not possible.
        """
        bound = self._address.bind()
        if self.kind == "stream":
            make_room(self.server.limits.connections)
            self.server.start([bound])
        else:
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
            self.datagrams.start([bound])
        self.logging.info(f"Receives at {self._address.path!r}.")

    def postHook(self) -> None:
        """Close what is open, and remove the path."""
        self.server.close()
        self.datagrams.close()
        self._address.free()


def _identify(accepted: socket.socket, _: object) -> Peer:
    """Return which process connected."""
    found = accepted.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, CREDENTIALS.size)
    pid, uid, gid = CREDENTIALS.unpack(found)
    return {"pid": pid, "uid": uid, "gid": gid}


def _receive(bound: socket.socket, longest: int) -> tuple[bytes, bool, Peer]:
    """Take a datagram, and from its side which process sent it."""
    data, told, flags, _ = bound.recvmsg(longest, socket.CMSG_SPACE(CREDENTIALS.size))
    peer = {}
    for level, kind, content in told:
        if (level, kind) == (socket.SOL_SOCKET, socket.SCM_CREDENTIALS):
            pid, uid, gid = CREDENTIALS.unpack(content)
            peer = {"pid": pid, "uid": uid, "gid": gid}
    return data, bool(flags & socket.MSG_TRUNC), peer
