"""Connections: send events to a peer, as a stream of frames or as datagrams."""

from __future__ import annotations

import errno
from abc import ABC, abstractmethod
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from gevent import Timeout, socket, ssl

from wishbone.error import InvalidData
from wishbone_network import Address, Tls, close_on_error, connect_tcp, is_readable

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from wishbone.codec import Encoder
    from wishbone.event import Event

BATCH_BYTES = 65536
"""Bytes that are sent at once, unless a single frame is longer."""

DISCARD_BYTES = 65536
"""Bytes that are read at once of what a peer sends, which is dropped."""

MAX_DISCARDS = 16
"""Reads before something is sent again: a peer that sends without end must not block the module."""

CLOSE_SECONDS = 1.0
"""Seconds that a peer may take when a stream is closed in order."""


def payload_of(event: Event) -> Any:
    """Return what is encoded of an event, unless the module says otherwise."""
    return event.data


class Connection(ABC):
    """A connection to a peer."""

    def __init__(
        self,
        peer: socket.socket,
        make_encoder: Callable[[], Encoder],
        value_of: Callable[[Event], Any] = payload_of,
    ) -> None:
        """Take over a socket.

        Args:
            peer: It is connected; its timeout is how long the peer may take no bytes at all.
            make_encoder: Makes the encoder of a stream.
            value_of: Returns what is encoded of an event.
        """
        self._socket = peer
        self._make_encoder = make_encoder
        self._value_of = value_of

    @abstractmethod
    def send(self, events: Sequence[Event]) -> int:
        """Hand events to the system: the first one, and as many of the others as fit.

        Args:
            events: At least one.

        Returns:
            The number of events that it took, whole.

        Raises:
            OSError: The connection is lost; some of the events may have arrived.
            Exception: The first event cannot be encoded or sent.
        """

    @abstractmethod
    def check(self) -> None:
        """Check whether the peer is still there, as far as the system knows.

        Raises:
            OSError: It is not.
        """

    def end(self) -> None:
        """Send what the encoder has left, and close the connection in order.

        Raises:
            OSError: The connection is lost.
        """
        self.close()

    def close(self) -> None:
        """Close the connection at once."""
        self._socket.close()


class StreamConnection(Connection):
    """A stream of frames: TCP, TLS, or a Unix socket."""

    def __init__(
        self,
        peer: socket.socket,
        make_encoder: Callable[[], Encoder],
        value_of: Callable[[Event], Any] = payload_of,
    ) -> None:
        """Take over a socket; see `Connection`."""
        super().__init__(peer, make_encoder, value_of)
        self._encoder = make_encoder()
        self._unsent = memoryview(b"")

    @classmethod
    def open(
        cls,
        address: Address,
        timeout: float,
        tls: Tls | None,
        make_encoder: Callable[[], Encoder],
        value_of: Callable[[Event], Any] = payload_of,
    ) -> StreamConnection:
        """Connect over TCP, or over TLS.

        Raises:
            OSError: The peer cannot be reached in time, or one of the two rejects the other's certificate.
        """
        peer = connect_tcp(address, timeout, tls)
        with close_on_error(peer):
            connection = cls(peer, make_encoder, value_of)
            connection.check()
        return connection

    def send(self, events: Sequence[Event]) -> int:
        """Send frames in one piece; see `Connection.send`."""
        self.check()
        frames = encode(self._encode, events)
        self._write(b"".join(frames))
        return len(frames)

    def check(self) -> None:
        """Drop what the peer has sent: the end of the connection may come after it.

        Raises:
            OSError: The peer has closed the connection, or its side of it: it will probably not read either.
        """
        for _ in range(MAX_DISCARDS):
            if not is_readable(self._socket):
                return
            timeout = self._socket.gettimeout()
            self._socket.settimeout(0)
            try:
                received = self._socket.recv(DISCARD_BYTES)
            except (BlockingIOError, ssl.SSLWantReadError):
                return
            finally:
                self._socket.settimeout(timeout)
            if not received:
                message = "The peer has closed the connection."
                raise ConnectionResetError(message)

    def end(self) -> None:
        """End the stream in order.

        Raises:
            OSError: The connection is lost, or the peer does not take the rest in time.
        """
        try:
            with Timeout(CLOSE_SECONDS, TimeoutError):
                # The greenlet that was sending may have been killed: half a frame could pass for a whole one.
                self._write(bytes(self._unsent) + self._encoder.flush())
                if isinstance(self._socket, ssl.SSLSocket):
                    self._socket = self._socket.unwrap()
            self._socket.shutdown(socket.SHUT_WR)
            # Closing with unread data would reset the connection, and drop what the peer has not read yet.
            with suppress(ConnectionResetError):
                self.check()
        finally:
            self.close()

    def _encode(self, event: Event) -> bytes:
        return self._encoder.encode(self._value_of(event))

    def _write(self, data: bytes) -> None:
        """Hand bytes to the system. The timeout is for each piece: a slow peer is not a lost one."""
        self._unsent = memoryview(data)
        while self._unsent:
            self._unsent = self._unsent[self._socket.send(self._unsent) :]


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
        """Do nothing: datagrams have no connection."""

    def _encode(self, event: Event) -> bytes:
        encoder = self._make_encoder()
        return encoder.encode(self._value_of(event)) + encoder.flush()


def encode(encode_event: Callable[[Event], bytes], events: Sequence[Event]) -> list[bytes]:
    """Return the frames of the first event, and of those after it, up to one that cannot be encoded.

    Args:
        encode_event: Makes bytes of an event.
        events: At least one.

    Raises:
        Exception: The first event cannot be encoded.
    """
    frames: list[bytes] = []
    size = 0
    for event in events:
        try:
            frame = encode_event(event)
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
        " smaller, or use a stream."
    )
    return InvalidData(message)
