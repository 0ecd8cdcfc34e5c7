"""Codec: the contract of what turns bytes into values, and values into bytes."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wishbone.error import InvalidData

__all__ = ["BadFrame", "Decoder", "Encoder"]

KEPT_BYTES = 1024
"""Bytes of a bad frame that are kept, to show what it was."""


class BadFrame:
    """What a decoder hands out in the place of a value that it could not make."""

    __slots__ = ("data", "error")

    def __init__(self, data: bytes, error: InvalidData) -> None:
        """Keep the beginning of the frame.

        Args:
            data: The frame, as far as it is known.
            error: What is wrong with it, and what to do about it.
        """
        self.data = bytes(data[:KEPT_BYTES])
        self.error = error

    def __repr__(self) -> str:
        """Show the error."""
        return f"BadFrame({self.error})"


class Decoder(ABC):
    """Turns a stream of bytes into values, wherever the bytes were cut on their way.

    Each stream (a connection, a file, the body of a request) has a decoder of its own. What it takes
    as arguments are the typed parameters of its `__init__`, which opens nothing. It bounds what it
    keeps: one that looks for the end of a frame takes `max_size`, the bytes of the longest frame.

    Bad input raises nothing. A `BadFrame` comes in the place of the value, and the next frame is
    decoded as if nothing had been; where nobody can tell where that begins, the stream is `desynchronized`.
    """

    @property
    def desynchronized(self) -> bool:
        """Whether nothing more can be read of the stream, as the last `BadFrame` told.

        What goes on for ever should then be ended by whoever reads it: a connection is closed, a process is
        started again. Override it in a decoder that gives up.
        """
        return False

    @abstractmethod
    def decode(self, data: bytes) -> Iterable[Any]:
        """Return what the bytes complete, in order: values, and a `BadFrame` for each that is none.

        Called with each piece of the stream. What is returned is gone through to its end before the
        next call.

        Args:
            data: The next bytes, one or many; an end may be anywhere.
        """

    @abstractmethod
    def flush(self) -> Iterable[Any]:
        """Return what is left when no more bytes come. Called once, at last."""


class Encoder(ABC):
    """Turns values into a stream of bytes. Each stream has an encoder of its own."""

    content_type: str = "application/octet-stream"
    """The media type of what it writes (RFC 9110, section 8.3.1), for who must tell the receiver."""

    content_coding: str = ""
    """How it compresses what has that type, if it does: `gzip` (section 8.4.1)."""

    def resume(self) -> None:  # noqa: B027 - most encoders have nothing to do for it
        """Go on with a stream that another encoder began, such as a file that is appended to.

        Called at most once, before the first value: what stands only at the beginning of a stream (the names
        of columns, a byte order mark) is not written. Override it where there is such a thing.
        """

    @abstractmethod
    def encode(self, value: Any) -> bytes:
        """Return a value as one whole frame, with what ends it.

        Raises:
            InvalidData: The value cannot be written in this format.
        """

    def flush(self) -> bytes:
        """Return what is left to write when no more values come, such as the end of what is compressed."""
        return b""
