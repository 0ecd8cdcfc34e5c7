"""Datagrams: receives them, and makes events of each."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any, Protocol

from gevent import socket
from gevent.hub import get_hub

from wishbone._engine.timeslice import time_slice
from wishbone.codec import BadFrame
from wishbone.diagnostics.log_throttle import LogThrottle
from wishbone.error import InvalidData, WishboneError
from wishbone_input_socket.outlet import Outlet

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wishbone.actor import Actor
    from wishbone.arguments import DecoderFactory
    from wishbone_input_socket.outlet import Peer

LOOK_SECONDS = 1.0
"""Seconds between two looks for datagrams that the system dropped."""

PAUSE = 0.2
"""Seconds to wait when the system cannot give what it has received."""

READ = 1
"""What a watcher of gevent's loop looks for."""

SO_MEMINFO = 55
"""The socket option of Linux that tells what a socket's memory is used for (linux/sock_diag.h)."""

MEMINFO = struct.Struct("9I")
"""Its figures, the last of which counts what was dropped."""


class Receive(Protocol):
    """Takes a datagram from a socket."""

    def __call__(self, bound: socket.socket, longest: int, /) -> tuple[bytes, bool, Peer]:
        """Return the datagram, up to so many bytes; whether it was cut; and whom it is from."""


class Datagrams:
    """Receives from sockets, each datagram being a stream of its own."""

    _outlet: Outlet

    def __init__(
        self, actor: Actor, decoder: DecoderFactory, longest: int, buffer: int | None, receive: Receive
    ) -> None:
        """Prepare it.

        Args:
            actor: The module.
            decoder: Makes a decoder for each datagram.
            longest: Bytes of the longest datagram.
            buffer: Bytes that the system is asked to keep for each socket, if it is.
            receive: Takes a datagram from a socket.
        """
        self._actor = actor
        self._decoder = decoder
        self._longest = longest
        self._buffer = buffer
        self._receive = receive
        self._sockets: dict[socket.socket, Any] = {}
        self._dropped = 0
        self.dropped = LogThrottle(actor.logging.warning)
        self._errors = LogThrottle(actor.logging.error)

    def start(self, sockets: Iterable[socket.socket]) -> None:
        """Begin to receive, in the module's `preHook`.

        Args:
            sockets: They are bound.
        """
        self._outlet = Outlet(self._actor)
        for bound in sockets:
            bound.setblocking(False)
            if self._buffer is not None:
                bound.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, self._buffer)
            self._sockets[bound] = get_hub().loop.io(bound.fileno(), READ)
            self._actor.sendToBackground(self.receive, bound)
        self._actor.sendToBackground(self.watch)

    def receive(self, bound: socket.socket) -> None:
        """Receive until the module is to stop, and then what has come until then."""
        while self._actor.loop():
            self._take(bound, wait=True)
            time_slice.yield_if_expired()
        left = bound.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF)
        while left > 0 and (taken := self._take(bound, wait=False)):
            left -= taken

    def watch(self) -> None:
        """Tell of what the system dropped; when the module is to stop, wake who waits."""
        while self._actor.sleep(LOOK_SECONDS):
            self._note_dropped()
        self._note_dropped()
        for watcher in self._sockets.values():
            get_hub().cancel_wait(watcher, _Woken)

    def close(self) -> None:
        """Close everything, in the module's `postHook`."""
        for bound, watcher in self._sockets.items():
            watcher.close()
            bound.close()

    def _take(self, bound: socket.socket, *, wait: bool) -> int:
        """Take a datagram; return how many bytes of the system's buffer it used at least, 0 for none."""
        try:
            data, cut, peer = self._receive(bound, self._longest)
        except BlockingIOError:
            if wait:
                self._wait(bound)
            return 0
        except OSError as error:
            self._errors.log(f"Nothing can be received at the moment: {error}.")
            self._actor.sleep(PAUSE)
            return 0
        if cut:
            message = f"The datagram is longer than {self._longest} bytes, and was cut: raise 'max_datagram'."
            self._outlet.submit((BadFrame(data, InvalidData(message)),), peer)
        else:
            decoder = self._decoder()
            self._outlet.submit(decoder.decode(data), peer)
            self._outlet.submit(decoder.flush(), peer)
        return len(data) + 1

    def _wait(self, bound: socket.socket) -> None:
        try:
            get_hub().wait(self._sockets[bound])
        except _Woken:
            return

    def _note_dropped(self) -> None:
        try:
            total = sum(_dropped(bound) for bound in self._sockets)
        except OSError:
            return  # the system does not tell
        if total > self._dropped:
            count, self._dropped = total - self._dropped, total
            size = min(bound.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF) for bound in self._sockets)
            self.dropped.log(
                f"The system dropped {count} datagrams, because its buffer of {size} bytes was full: raise"
                " 'receive_buffer', and net.core.rmem_max if it is the limit.",
                count,
            )


class _Woken(WishboneError):
    """Whoever waits for a datagram is to look whether it should go on."""


def _dropped(bound: socket.socket) -> int:
    found = bound.getsockopt(socket.SOL_SOCKET, SO_MEMINFO, MEMINFO.size)
    return int(MEMINFO.unpack(found)[-1])
