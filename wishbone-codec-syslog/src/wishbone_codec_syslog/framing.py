"""MessageSplitter: cuts a stream into syslog messages, ended by newline or NUL or counted (RFC 6587)."""

from __future__ import annotations

import re
from typing import Literal

from wishbone.codec import BadFrame
from wishbone.codecs.splitter import Splitter, too_long
from wishbone.error import InvalidData

__all__ = ["Framing", "MessageSplitter"]

Framing = Literal["auto", "newline", "nul", "none"]

# The length of a message, a space, and the message, which begins with its priority (RFC 6587, section 3.4.1).
_COUNT = re.compile(rb"([1-9][0-9]{0,8}) (?=<)")
_MAYBE_COUNT = re.compile(rb"[1-9][0-9]{0,8} ?")
_NEXT_COUNT = re.compile(rb"\n(?=[1-9][0-9]{0,8} <)")
_NEXT_COUNT_AFTER_ANY_END = re.compile(rb"[\n\0](?=[1-9][0-9]{0,8} <)")


class MessageSplitter:
    """Cuts bytes into messages, each of which may be framed in either way."""

    def __init__(self, max_size: int) -> None:
        """Begin a stream.

        Args:
            max_size: Bytes of the longest message.
        """
        self.max_size = max_size
        self._lines = Splitter(b"\n", max_size)
        self._in_line = False
        self._head = b""  # what may become a length
        self._missing = 0  # bytes of a counted message that are still to come
        self._counted = bytearray()
        self._too_long = self._skipping = False

    def split(self, data: bytes) -> list[bytes | BadFrame]:
        """Return the messages that the bytes complete, in order."""
        data, self._head = self._head + data, b""
        messages: list[bytes | BadFrame] = []
        at = 0
        while at < len(data):
            if self._missing:
                at = self._take_counted(data, at, messages)
            elif not self._in_line and (count := _COUNT.match(data, at)):
                self._missing = int(count[1])
                self._too_long = self._missing > self.max_size
                at = count.end()
            else:
                at = self._take_lines(data, at, messages)
        return messages

    def finish(self) -> list[bytes | BadFrame]:
        """Return what is left as a message, if anything is, at the end of the stream."""
        if self._missing and not self._skipping:
            message = (
                f"The stream was cut off: it ends {self._missing} bytes before the end of a message that is"
                " framed by its length."
            )
            return [BadFrame(bytes(self._counted), InvalidData(message))]
        return [*self._lines.split(self._head), *self._lines.finish()]

    def _take_counted(self, data: bytes, at: int, messages: list[bytes | BadFrame]) -> int:
        """Take what there is of a message that is framed by its length, and return where that ends."""
        piece = data[at : at + self._missing]
        self._missing -= len(piece)
        if self._too_long:
            self._keep_beginning(piece, messages)
        elif self._missing or self._counted:
            self._counted += piece
        else:
            messages.append(piece)
        if not self._missing:
            if self._counted:
                messages.append(bytes(self._counted))
            self._counted.clear()
            self._skipping = False
        return at + len(piece)

    def _keep_beginning(self, piece: bytes, messages: list[bytes | BadFrame]) -> None:
        """Keep only the beginning of a message that is too long, for the error."""
        if not self._skipping:
            self._counted += piece[: self.max_size - len(self._counted)]
        if len(self._counted) == self.max_size:
            messages.append(too_long(self._counted, self.max_size))
            self._counted.clear()
            self._skipping = True

    def _take_lines(self, data: bytes, at: int, messages: list[bytes | BadFrame]) -> int:
        """Take lines, and return where something else begins; or only what could become a length."""
        if self._in_line:
            end = _first_end(data, at)
        elif _MAYBE_COUNT.fullmatch(data, at):
            self._head = data[at:]
            return len(data)
        elif data.find(b"\0", at) < 0:
            counted = _NEXT_COUNT.search(data, at)
            end = counted.end() if counted else data.rfind(b"\n", at) + 1
        else:
            counted = _NEXT_COUNT_AFTER_ANY_END.search(data, at)
            end = counted.end() if counted else max(data.rfind(b"\n", at), data.rfind(b"\0", at)) + 1
        self._in_line = not end
        end = end or len(data)
        messages += self._lines.split(data[at:end].replace(b"\0", b"\n"))
        return end


def _first_end(data: bytes, at: int) -> int:
    """Return where the line ends, after its newline or NUL; 0 if it does not end."""
    newline, nul = data.find(b"\n", at) + 1, data.find(b"\0", at) + 1
    return min(newline, nul) if newline and nul else newline or nul
