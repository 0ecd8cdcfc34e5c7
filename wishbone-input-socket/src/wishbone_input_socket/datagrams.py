"""DatagramReceiver: makes events of datagrams."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any, Protocol

from gevent import socket
from gevent.hub import get_hub

from wishbone.actor import yield_if_due
from wishbone.codec import BadFrame
from wishbone.diagnostics.log_throttle import LogThrottle
from wishbone.error import InvalidData, WishboneError
from wishbone_input_socket.emitter import Emitter

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wishbone.actor import Actor
    from wishbone.arguments import DecoderFactory
    from wishbone_input_socket.emitter import Peer

CHECK_SECONDS = 1.0
"""Seconds between two checks for datagrams that the system dropped."""

RETRY_SECONDS = 0.2
"""Seconds to wait when the system cannot give what it has received."""

READ = 1
"""The event of gevent's I/O watchers."""

SO_MEMINFO = 55
"""The option of Linux for what the memory of a socket is used for (linux/sock_diag.h)."""

MEMINFO = struct.Struct("9I")
"""Its counters; the last is the number of datagrams that were dropped."""


class Receive(Protocol):
    """Takes a datagram from a socket."""

    def __call__(self, bound: socket.socket, longest: int, /) -> tuple[bytes, bool, Peer]:
        """Return the datagram, up to the length given; whether it was cut; and its sender."""


class DatagramReceiver:
    """Receives from sockets; each datagram is a stream of its own."""

    _emitter: Emitter

    def __init__(
        self, actor: Actor, decoder: DecoderFactory, longest: int, buffer: int | None, receive: Receive
    ) -> None:
        """Open nothing yet.

        Args:
            actor: The module.
            decoder: Makes a decoder for each datagram.
            longest: Bytes of the longest datagram.
            buffer: Bytes of the system's receive buffer of each socket; None for its default.
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
        """Receive from bound sockets, in the module's `preHook`."""
        self._emitter = Emitter(self._actor)
        for bound in sockets:
            bound.setblocking(False)
            if self._buffer is not None:
                bound.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, self._buffer)
            self._sockets[bound] = get_hub().loop.io(bound.fileno(), READ)
            self._actor.sendToBackground(self.receive, bound)
        self._actor.sendToBackground(self.watch)

    def receive(self, bound: socket.socket) -> None:
        """Receive until the module stops, and then what has arrived until then."""
        while self._actor.loop():
            self._receive_one(bound, wait=True)
            yield_if_due()
        left = bound.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF)
        while left > 0 and (used := self._receive_one(bound, wait=False)):
            left -= used

    def watch(self) -> None:
        """Log what the system dropped; when the module stops, wake the greenlets that wait for datagrams."""
        while self._actor.sleep(CHECK_SECONDS):
            self._check_dropped()
        self._check_dropped()
        for watcher in self._sockets.values():
            get_hub().cancel_wait(watcher, _Stopping)

    def close(self) -> None:
        """Close everything, in the module's `postHook`."""
        for bound, watcher in self._sockets.items():
            watcher.close()
            bound.close()

    def _receive_one(self, bound: socket.socket, *, wait: bool) -> int:
        """Return how many bytes of the system's buffer the datagram used at least, 0 if there was none."""
        try:
            data, cut, peer = self._receive(bound, self._longest)
        except BlockingIOError:
            if wait:
                self._wait(bound)
            return 0
        except OSError as error:
            self._errors.log(f"Cannot receive at the moment: {error}.")
            self._actor.sleep(RETRY_SECONDS)
            return 0
        if cut:
            message = f"The datagram is longer than {self._longest} bytes and was cut: raise 'max_datagram'."
            self._emitter.submit((BadFrame(data, InvalidData(message)),), peer)
        else:
            decoder = self._decoder()
            self._emitter.decode(decoder, data, peer)
            self._emitter.submit(decoder.flush(), peer)
        return len(data) + 1

    def _wait(self, bound: socket.socket) -> None:
        try:
            get_hub().wait(self._sockets[bound])
        except _Stopping:
            return

    def _check_dropped(self) -> None:
        try:
            total = sum(_dropped(bound) for bound in self._sockets)
        except OSError:
            return  # not Linux, or an old one
        if total > self._dropped:
            count, self._dropped = total - self._dropped, total
            size = min(bound.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF) for bound in self._sockets)
            self.dropped.log(
                f"The system dropped {count} datagrams, because its buffer of {size} bytes was full: raise"
                " 'receive_buffer', and net.core.rmem_max if that caps it.",
                count,
            )


class _Stopping(WishboneError):
    """Ends the wait for a datagram."""


def _dropped(bound: socket.socket) -> int:
    found = bound.getsockopt(socket.SOL_SOCKET, SO_MEMINFO, MEMINFO.size)
    return int(MEMINFO.unpack(found)[-1])
