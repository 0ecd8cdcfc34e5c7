"""Connection: one peer's stream of bytes, read when there is something to read."""

from __future__ import annotations

import struct
from fcntl import ioctl
from termios import FIONREAD
from typing import TYPE_CHECKING, Any

from gevent import socket, ssl
from gevent.hub import get_hub

from wishbone import clock
from wishbone.diagnostics.describe import describe
from wishbone_input_socket.tls import certificate_name

if TYPE_CHECKING:
    from wishbone_input_socket.outlet import Peer
    from wishbone_input_socket.server import Server

CHUNK = 65536
"""Bytes that are read at once, and at most until it is another connection's turn."""

READ, WRITE = 1, 2
"""What a watcher of gevent's loop looks for."""


class Connection:
    """Reads a stream and brings out what its decoder makes of it.

    It has no greenlet of its own: the loop watches its socket, and when something has come it is put in
    line, to be served by one of the readers. A quiet connection costs its socket and this object.
    """

    __slots__ = (
        "_cause",
        "_decoder",
        "_server",
        "_socket",
        "_tls",
        "_watcher",
        "active",
        "closed",
        "peer",
        "secured",
        "waits",
    )

    active: float
    """When something was last read; when it was accepted, before that."""

    secured: bool
    """Whether TLS is agreed upon, or there is none."""

    waits: bool
    """Whether it waits for its peer: not for its turn, nor for room in the queue."""

    def __init__(self, server: Server, accepted: socket.socket, peer: Peer) -> None:
        """Take over a socket.

        Args:
            server: What it belongs to.
            accepted: The socket; it does not block.
            peer: Who is at its other end.
        """
        self._server = server
        self._socket = accepted
        self._tls: ssl.SSLSocket | None = None
        self._decoder = server.decoder()
        self._watcher: Any = get_hub().loop.io(accepted.fileno(), READ)
        self._cause = ""
        self.peer = peer
        self.active = clock.monotonic()
        self.secured = True
        self.waits = self.closed = False

    def secure(self, context: ssl.SSLContext) -> None:
        """Speak TLS; the handshake goes on as the peer's part of it comes.

        Args:
            context: How the connection is secured.

        Raises:
            OSError: The connection is no more.
        """
        # An end without a farewell may be somebody's doing, so it is told from a proper one.
        self._socket = self._tls = context.wrap_socket(
            self._socket, server_side=True, do_handshake_on_connect=False, suppress_ragged_eofs=False
        )
        self.secured = False

    def wait(self, events: int = READ) -> None:
        """Wait until the peer has sent something, or can take something."""
        self.waits = True
        self._watcher.events = events
        self._watcher.start(self.stand_in_line)

    def expire(self, cause: str) -> None:
        """Stand in line to be cut off.

        Args:
            cause: Why.
        """
        self._cause = cause
        self.stand_in_line()

    def stand_in_line(self) -> None:
        """Wait for a reader, and no longer for the peer."""
        self._watcher.stop()
        self.waits = False
        self._server.readers.enqueue(self)

    def serve(self) -> None:
        """Read what has come, but not more than a chunk: others wait for their turn too."""
        if self.closed:
            return
        try:
            if self._cause:
                self.cut(self._cause)
            elif self._server.draining:
                self._finish()
            elif self._tls is not None and not self.secured:
                self._shake_hands(self._tls)
            else:
                self._read_in_turn()
        except OSError as error:
            self._lose(error)
        except Exception as error:  # noqa: BLE001 - a decoder's mistake ends its stream, and no other
            self.close()
            message = f"The stream from {self} was closed, because it cannot be read on: {describe(error)}"
            self._server.actor.logging.error(message)

    def cut(self, cause: str) -> None:
        """Close in the middle of the stream; what is left of it fails.

        Args:
            cause: Why.
        """
        self.close()
        self._server.outlet.submit_cut(self._decoder.flush(), self.peer, cause)

    def close(self) -> None:
        """Close it, without a word about what is left of the stream."""
        if not self.closed:
            self.closed = True
            self.waits = False
            self._watcher.close()
            self._socket.close()
            self._server.forget(self)

    def __str__(self) -> str:
        """Name the peer."""
        return " ".join(f"{name} {value}" for name, value in self.peer.items()) or "somebody"

    def _read_in_turn(self) -> None:
        read = self._read(CHUNK)
        if self.closed:
            return
        if self._server.draining:
            self._finish()
        elif read == CHUNK or (self._tls is not None and self._tls.pending()):
            self._server.readers.enqueue(self)
        else:
            self.wait()

    def _read(self, limit: int) -> int:
        """Read up to so many bytes; return how many there were, 0 at the end or if none have come."""
        try:
            data = self._socket.recv(limit)
        except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
            return 0
        if data:
            self._server.note_activity(self)
            self._server.outlet.submit(self._decoder.decode(data), self.peer)
            if self._decoder.desynchronized:
                # The peer must notice: what it sent on would be thrown away.
                self.close()
                self._server.note_lost_stream(self)
        else:
            self.close()
            self._server.outlet.submit(self._decoder.flush(), self.peer)
        return len(data)

    def _finish(self) -> None:
        """Read what had come until now, and close."""
        left = self._received() if self.secured else 0
        while left > 0 and not self.closed:
            read = self._read(min(CHUNK, left))
            left = left - read if read else 0
        if self.secured and not self.closed:
            self._read(CHUNK)  # the end of the stream may stand behind it
        if not self.closed:
            self.cut("this module was stopped")

    def _shake_hands(self, tls: ssl.SSLSocket) -> None:
        try:
            tls.do_handshake()
        except ssl.SSLWantReadError:
            self.wait()
        except ssl.SSLWantWriteError:
            self.wait(WRITE)
        else:
            self.secured = True
            name = certificate_name(tls.getpeercert())
            if name is not None:
                self.peer["certificate"] = name
            self._server.note_handshake(self)
            self._server.readers.enqueue(self)

    def _received(self) -> int:
        """Return how many bytes the system has received, and those that TLS has."""
        (count,) = struct.unpack("i", ioctl(self._socket.fileno(), FIONREAD, b"\0\0\0\0"))
        return int(count) + (self._tls.pending() if self._tls is not None else 0)

    def _lose(self, error: OSError) -> None:
        if self.secured:
            self.cut(f"the connection was lost ({error})")
        else:
            self._server.note_failed_handshake(self, error)
            self.close()
