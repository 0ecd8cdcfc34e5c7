"""Codec: the contract of decoders, which turn bytes into values, and of encoders, which do the opposite."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wishbone.error import InvalidData

__all__ = ["BadFrame", "Decoder", "Encoder"]

KEPT_BYTES = 1024
"""Bytes of a bad frame that are kept, to show them to the user."""


class BadFrame:
    """What a decoder returns in place of a value that it could not decode."""

    __slots__ = ("data", "error")

    def __init__(self, data: bytes, error: InvalidData) -> None:
        """Keep the first `KEPT_BYTES` of the frame.

        Args:
            data: The frame, or its beginning.
            error: What is wrong with it, and what to do about it.
        """
        self.data = bytes(data[:KEPT_BYTES])
        self.error = error

    def __repr__(self) -> str:
        """Show the error."""
        return f"BadFrame({self.error})"


class Decoder(ABC):
    """Turns a stream of bytes into values, however the stream is split into pieces.

    Each stream (a connection, a file, the body of a request) has its own decoder. The typed parameters of
    `__init__` are the arguments that a configuration may give; `__init__` does no I/O. The memory that
    a decoder uses is limited: if it searches for the end of a frame, it takes `max_size`, the bytes of
    the longest frame.

    A decoder does not raise on bad input. It returns a `BadFrame` in place of the value, and goes on with
    the next frame. If it cannot know where that begins, the stream is `desynchronized`.
    """

    @property
    def desynchronized(self) -> bool:
        """Whether the rest of the stream is unreadable, as the last `BadFrame` says.

        The module that reads the stream should then end it: close the connection, or restart the process.
        Override this in a decoder whose stream can become unreadable.
        """
        return False

    @abstractmethod
    def decode(self, data: bytes) -> Iterable[Any]:
        """Return the values that the bytes complete, in order, with a `BadFrame` for each bad one.

        Called with each piece of the stream. The caller iterates over the whole result before the next
        call.

        Args:
            data: The next bytes, one or many. They may end in the middle of a frame.
        """

    @abstractmethod
    def flush(self) -> Iterable[Any]:
        """Return the values that are left at the end of the stream. Called once, after all `decode` calls."""


class Encoder(ABC):
    """Turns values into a stream of bytes. Each stream has its own encoder."""

    content_type: str = "application/octet-stream"
    """The media type of the bytes (RFC 9110, section 8.3.1), as in the header `Content-Type`."""

    content_coding: str = ""
    """The compression of the bytes, such as `gzip`, as in `Content-Encoding` (section 8.4.1); or empty."""

    def resume(self, beginning: bytes = b"") -> None:  # noqa: B027 - most encoders have nothing to do for it
        """Continue a stream that another encoder began, such as a file that is appended to.

        Called at most once, before the first value. Override it if the format has a beginning that must not
        be written again, such as a header with column names or a byte order mark.

        Args:
            beginning: The first bytes of the stream, or none if they cannot be read.
        """

    @abstractmethod
    def encode(self, value: Any) -> bytes:
        """Return a value as one whole frame, with its delimiter.

        Args:
            value: The payload of an event.

        Raises:
            InvalidData: The value cannot be written in this format.
        """

    def flush(self) -> bytes:
        """Return the bytes that end the stream, such as the end of compressed data. Called once."""
        return b""
