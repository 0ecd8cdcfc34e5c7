"""Framing: how one message is told from the next, and how long it may be."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal

from wishbone.error import InvalidData

if TYPE_CHECKING:
    from collections.abc import Callable

Framing = Literal["octet", "newline"]

_ENDS = re.compile(b"[\n\r\x00]")


def octet_counted(message: bytes) -> bytes:
    """Put a message's length before it (RFC 6587, section 3.4.1, and RFC 5425, section 4.3)."""
    return b"%d %b" % (len(message), message)


def newline_ended(message: bytes) -> bytes:
    """End a message with a newline (RFC 6587, section 3.4.2).

    What a receiver could take for an end within the message is written as rsyslog shows it: `#012`.
    """
    return _ENDS.sub(_escape, message) + b"\n"


def datagram(message: bytes) -> bytes:
    """Leave a message as it is: a datagram ends by itself."""
    return message


FRAMES: dict[Framing | None, Callable[[bytes], bytes]] = {
    "octet": octet_counted,
    "newline": newline_ended,
    None: datagram,
}
"""What puts a message into its frame."""


def fit(message: bytes, max_size: int, *, truncate: bool) -> bytes:
    """Return a message that is not too long.

    Args:
        message: The message, in UTF-8.
        max_size: How many bytes it may have.
        truncate: Whether to cut what is longer, between two characters.

    Raises:
        InvalidData: It is longer, and is not to be cut.
    """
    if len(message) <= max_size:
        return message
    if truncate:
        return message[:max_size].decode("utf-8", "ignore").encode()
    text = (
        f"The message has {len(message)} bytes, more than the {max_size} of 'max_size': receivers cut what is"
        " longer. Raise 'max_size' if yours does not, or set 'truncate' to cut it here."
    )
    raise InvalidData(text)


def _escape(end: re.Match[bytes]) -> bytes:
    return b"#%03o" % end[0][0]
