"""Connections: how events get to a peer, as a stream of frames or as datagrams."""

from __future__ import annotations

import errno
import select
from abc import ABC, abstractmethod
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from gevent import Timeout, monkey, socket, ssl

from wishbone.error import InvalidData

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from wishbone.arguments import EncoderFactory
    from wishbone.event import Event

BATCH_BYTES = 65536
"""How much is sent at once, but for a single frame that is longer."""

DISCARD_BYTES = 65536
"""How much is read at once of what a peer says, which nobody waits for."""

DISCARDS = 16
"""How often, at most, before something is sent again: a peer that never ends is not listened to."""

FAREWELL_SECONDS = 1.0
"""Seconds that a peer may take to let a stream end in order."""


class Connection(ABC):
    """A way to a peer."""

    def __init__(self, peer: socket.socket, encoder: EncoderFactory) -> None:
        """Take over a socket.

        Args:
            peer: It is connected; its timeout is how long the peer may take nothing.
            encoder: Makes bytes of events.
        """
        self._socket = peer
        self._make_encoder = encoder

    @abstractmethod
    def send(self, events: Sequence[Event]) -> int:
        """Hand events to the system: the first one, and as many of the others as go with it.

        Args:
            events: At least one.

        Returns:
            How many it took, whole.

        Raises:
            OSError: The connection is no more; some of the events may have arrived.
            InvalidData: The first event cannot be sent.
        """

    @abstractmethod
    def check(self) -> None:
        """See whether the peer is still there, as far as the system knows.

        Raises:
            OSError: It is not.
        """

    def end(self) -> None:
        """Write what the encoder has left, let the peer know that it is the end, and close.

        Raises:
            OSError: The connection is no more.
        """
        self.close()

    def close(self) -> None:
        """Let go of it."""
        self._socket.close()


class StreamConnection(Connection):
    """A stream of frames: TCP, TLS, or a Unix socket."""

    def __init__(self, peer: socket.socket, encoder: EncoderFactory) -> None:
        """Take over a socket; see `Connection`."""
        super().__init__(peer, encoder)
        self._encoder = encoder()
        self._left = memoryview(b"")
        # gevent's poll would ask the hub; this one only asks the kernel, and never waits.
        self._poll = monkey.get_original("select", "poll")()
        self._poll.register(peer.fileno(), select.POLLIN | select.POLLRDHUP)

    def send(self, events: Sequence[Event]) -> int:
        """Hand events to the system in one piece; see `Connection.send`."""
        self.check()
        frames = encode(self._encoder.encode, events)
        self._write(b"".join(frames))
        return len(frames)

    def check(self) -> None:
        """Read what a peer says unasked: its end may stand behind it.

        Raises:
            OSError: It has closed the connection, or at least will say no more: as far as one can know,
                it will not listen either.
        """
        for _ in range(DISCARDS):
            if not self._poll.poll(0):
                return
            timeout = self._socket.gettimeout()
            self._socket.settimeout(0)
            try:
                said = self._socket.recv(DISCARD_BYTES)
            except (BlockingIOError, ssl.SSLWantReadError):
                return
            finally:
                self._socket.settimeout(timeout)
            if not said:
                message = "The peer has closed the connection."
                raise ConnectionResetError(message)

    def end(self) -> None:
        """End the stream in order.

        Raises:
            OSError: The connection is no more, or the peer does not take in time what is left.
        """
        try:
            with Timeout(FAREWELL_SECONDS, TimeoutError):
                # Who was writing may have been killed: a frame that is cut could pass for a whole one.
                self._write(bytes(self._left) + self._encoder.flush())
                if isinstance(self._socket, ssl.SSLSocket):
                    self._socket = self._socket.unwrap()
            self._socket.shutdown(socket.SHUT_WR)
            # To close while something is unread would take from the peer what it has not read yet.
            with suppress(ConnectionResetError):
                self.check()
        finally:
            self.close()

    def _write(self, data: bytes) -> None:
        """Hand bytes to the system; the peer may take its time for all of them, but not for the next few."""
        self._left = memoryview(data)
        while self._left:
            self._left = self._left[self._socket.send(self._left) :]


class DatagramConnection(Connection):
    """Datagrams, each of them a stream of its own: UDP, or a Unix socket."""

    def send(self, events: Sequence[Event]) -> int:
        """Send each event as a datagram; see `Connection.send`."""
        frames = encode(self._encode, events)
        for count, frame in enumerate(frames):
            try:
                self._socket.send(frame)
            except OSError as error:
                if error.errno != errno.EMSGSIZE:
                    raise
                if count:
                    return count
                raise _too_long(frame) from error
        return len(frames)

    def check(self) -> None:
        """See nothing: there is no connection."""

    def _encode(self, value: Any) -> bytes:
        encoder = self._make_encoder()
        return encoder.encode(value) + encoder.flush()


def encode(encode_value: Callable[[Any], bytes], events: Sequence[Event]) -> list[bytes]:
    """Return the frames of the first event, and of those that go with it.

    Args:
        encode_value: Makes bytes of a payload.
        events: At least one.

    Raises:
        InvalidData: The first event cannot be encoded. Another one is to fail when it is its turn.
    """
    frames: list[bytes] = []
    size = 0
    for event in events:
        if frames and event.ttl <= 0:
            break  # it is to fail when it is its turn, and not to be sent before
        try:
            frame = encode_value(event.data)
        except Exception:
            if not frames:
                raise
            break
        frames.append(frame)
        size += len(frame)
        if size >= BATCH_BYTES:
            break
    return frames


def _too_long(frame: bytes) -> InvalidData:
    message = (
        f"The event has {len(frame)} bytes, and the system sends no datagram of that size: make it"
        " smaller, or send a stream."
    )
    return InvalidData(message)
