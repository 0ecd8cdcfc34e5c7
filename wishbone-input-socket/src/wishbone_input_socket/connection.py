"""Connection: the stream of bytes of one peer, read when there is something to read."""

from __future__ import annotations

import struct
from fcntl import ioctl
from termios import FIONREAD
from typing import TYPE_CHECKING, Any

from gevent import socket, ssl
from gevent.hub import get_hub

from wishbone import clock
from wishbone.diagnostics.describe import describe
from wishbone_input_socket.emitter import PIECE
from wishbone_network import certificate_name

if TYPE_CHECKING:
    from wishbone_input_socket.emitter import Peer
    from wishbone_input_socket.server import Server

CHUNK = 65536
"""Bytes that are read at most before other connections are served."""

READ, WRITE = 1, 2
"""Events of gevent's I/O watchers."""


class Connection:
    """Reads a stream, and emits what its decoder makes of it.

    It has no greenlet: an I/O watcher enqueues it for a worker when something has arrived. A quiet
    connection costs its socket and this object.
    """

    __slots__ = (
        "_abort_cause",
        "_decoder",
        "_piece",
        "_server",
        "_socket",
        "_tls",
        "_watcher",
        "active",
        "closed",
        "established",
        "peer",
        "waiting",
    )

    active: float
    """When something was last read, or else when it was accepted."""

    established: bool
    """Whether the TLS handshake is done, or none is needed."""

    waiting: bool
    """Whether it waits for its peer, and not for a worker or for room in a queue."""

    def __init__(self, server: Server, accepted: socket.socket, peer: Peer) -> None:
        """Take over a socket that does not block."""
        self._server = server
        self._socket = accepted
        self._tls: ssl.SSLSocket | None = None
        self._decoder = server.decoder()
        self._watcher: Any = get_hub().loop.io(accepted.fileno(), READ)
        self._piece = PIECE
        self._abort_cause = ""
        self.peer = peer
        self.active = clock.monotonic()
        self.established = True
        self.waiting = self.closed = False

    def start_tls(self, context: ssl.SSLContext) -> None:
        """Speak TLS. Workers do the handshake, as the peer's part of it arrives.

        Raises:
            OSError: The connection is lost already.
        """
        # An attacker can end a stream without TLS's own end: that is an error, not the end.
        self._socket = self._tls = context.wrap_socket(
            self._socket, server_side=True, do_handshake_on_connect=False, suppress_ragged_eofs=False
        )
        self.established = False

    def wait(self, events: int = READ) -> None:
        """Wait for the peer: for data, or for room to write."""
        self.waiting = True
        self._watcher.events = events
        self._watcher.start(self.enqueue)

    def enqueue(self) -> None:
        """Wait for a worker."""
        self._watcher.stop()
        self.waiting = False
        self._server.workers.enqueue(self)

    def expire(self, cause: str) -> None:
        """Wait for a worker that aborts the stream."""
        self._abort_cause = cause
        self.enqueue()

    def serve(self) -> None:
        """Read what has arrived, up to a chunk. Called by a worker."""
        if self.closed:
            return
        try:
            if self._abort_cause:
                self.abort(self._abort_cause)
            elif self._server.draining:
                self._drain()
            elif self._tls is not None and not self.established:
                self._shake_hands(self._tls)
            else:
                self._read_chunk()
        except OSError as error:
            self._disconnected(error)
        except Exception as error:  # noqa: BLE001 - an error of a decoder ends its stream, and no other
            self.close()
            message = (
                f"Closed the connection from {self}, because its stream cannot be read: {describe(error)}"
            )
            self._server.actor.logging.error(message)

    def abort(self, cause: str) -> None:
        """Close the connection within the stream; what is left of it fails."""
        self.close()
        self._server.emitter.fail_rest(self._decoder.flush(), self.peer, cause)

    def close(self) -> None:
        """Close the connection and drop what is left of the stream."""
        if not self.closed:
            self.closed = True
            self.waiting = False
            self._watcher.close()
            self._socket.close()
            self._server.forget(self)

    def __str__(self) -> str:
        """Describe the peer."""
        return " ".join(f"{name} {value}" for name, value in self.peer.items())

    def _read_chunk(self) -> None:
        count = self._read(CHUNK)
        if self.closed:
            return
        if self._server.draining:
            self._drain()
        elif count == CHUNK or (self._tls is not None and self._tls.pending()):
            self._server.workers.enqueue(self)
        else:
            self.wait()

    def _read(self, limit: int) -> int:
        """Read up to a number of bytes; return how many came, 0 if none did or the stream has ended."""
        try:
            data = self._socket.recv(limit)
        except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
            return 0
        if data:
            self._server.note_activity(self)
            self._piece = self._server.emitter.decode(self._decoder, data, self.peer, self._piece)
            if self._decoder.desynchronized:
                # The peer must notice: what it sends from now on would be dropped.
                self.close()
                self._server.unreadable.log(f"Closed the connection from {self}: its stream is damaged.")
        else:
            self.close()
            self._server.emitter.submit(self._decoder.flush(), self.peer)
        return len(data)

    def _drain(self) -> None:
        """Read what has arrived until now, and close the connection."""
        left = self._arrived() if self.established else 0
        while left > 0 and not self.closed:
            count = self._read(min(CHUNK, left))
            left = left - count if count else 0
        if self.established and not self.closed:
            self._read(CHUNK)  # the end of the stream may be next
        if not self.closed:
            self.abort("this module was stopped")

    def _shake_hands(self, tls: ssl.SSLSocket) -> None:
        try:
            tls.do_handshake()
        except ssl.SSLWantReadError:
            self.wait()
        except ssl.SSLWantWriteError:
            self.wait(WRITE)
        else:
            self.established = True
            name = certificate_name(tls.getpeercert())
            if name is not None:
                self.peer["certificate"] = name
            self._server.note_handshake(self)
            self._server.workers.enqueue(self)

    def _arrived(self) -> int:
        """Return how many bytes can be read without waiting."""
        (count,) = struct.unpack("i", ioctl(self._socket.fileno(), FIONREAD, b"\0\0\0\0"))
        return int(count) + (self._tls.pending() if self._tls is not None else 0)

    def _disconnected(self, error: OSError) -> None:
        if self.established:
            self.abort(f"the connection was lost ({error})")
        else:
            self.close()
            self._server.failed_handshakes.log(f"The TLS handshake with {self} failed: {error}")
