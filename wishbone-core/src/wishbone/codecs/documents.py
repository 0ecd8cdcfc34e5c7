"""DocumentSplitter: splits a stream of JSON documents at the end of each, in bounded memory."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from wishbone.codecs.splitter import too_long

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wishbone.codec import BadFrame

__all__ = ["DocumentSplitter"]

_QUOTE, _BACKSLASH = b'"\\'
_OPENING = b"{["
_CLOSING = b"}]"

# Between documents: white space, the record separator of RFC 7464, and the bytes of a byte order mark. No
# document begins with one of these.
_BETWEEN = re.compile(rb"[\s\x1e\xef\xbb\xbf]*+")

# A number, a word such as true, or invalid text where a document should begin.
_WORD = re.compile(rb'[^\s\x1e"{\[]*+')

# Within brackets, up to the next bracket. Texts are skipped as a whole.
_WITHIN = re.compile(rb'(?:[^"{}\[\]\x1e]++|"(?:[^"\\\n\x1e]++|\\.)*+")*+', re.DOTALL)

# Within a text, up to its end. A text has no newline and no record separator (RFC 8259, section 7).
_TEXT = re.compile(rb'(?:[^"\\\n\x1e]++|\\.)*+', re.DOTALL)


class DocumentSplitter:
    """Splits bytes into documents, however the stream is cut into pieces.

    It looks at brackets and texts only; the parser checks the rest. Each byte is read a fixed number of
    times, even if the stream comes byte by byte.

    Args:
        max_size: Bytes of the longest document.
    """

    def __init__(self, max_size: int) -> None:
        self.max_size = max_size
        self._buffer = bytearray()
        self._at = 0
        self._depth = 0
        self._in_text = self._in_word = self._escaped = self._skipping = False

    def split(self, data: bytes) -> Iterator[bytearray | BadFrame]:
        """Yield the documents that the bytes complete, in order. One that is too long is a `BadFrame`."""
        self._buffer += data
        while (end := self._find_end()) is not None:
            document = self._cut(end)
            if self._skipping:
                self._skipping = False
            elif end > self.max_size:
                yield too_long(document, self.max_size)
            else:
                yield document
        if self._skipping:
            self._cut(self._at)
        elif self._at > self.max_size:
            self._skipping = True
            yield too_long(self._cut(self._at), self.max_size)

    def finish(self) -> Iterator[bytearray | BadFrame]:
        """Yield the rest as a document, if there is any: the stream has ended."""
        if self._buffer and not self._skipping:
            yield self._cut(len(self._buffer))

    def _cut(self, end: int) -> bytearray:
        """Remove the beginning of the buffer, and return it."""
        document = self._buffer[:end]
        del self._buffer[:end]
        self._at = 0
        return document

    def _find_end(self) -> int | None:
        """Return the end of the first document in the buffer, or None if the buffer lacks it."""
        if not (self._depth or self._in_text or self._in_word):
            self._begin()
        while self._at < len(self._buffer):
            if self._in_text:
                end = self._scan_text()
            elif self._in_word:
                end = self._scan_word()
            else:
                end = self._scan_brackets()
            if end is not None:
                return end
        return None

    def _begin(self) -> None:
        """Skip the bytes between two documents, and find out what the next document is."""
        buffer = self._buffer
        self._cut(_end(_BETWEEN, buffer, 0))
        if buffer:
            self._in_text = buffer[0] == _QUOTE
            self._depth = int(buffer[0] in _OPENING)
            self._in_word = not (self._in_text or self._depth)
            self._at = 0 if self._in_word else 1

    def _scan_word(self) -> int | None:
        self._at = end = _end(_WORD, self._buffer, self._at)
        if end == len(self._buffer):
            return None
        self._in_word = False
        return end

    def _scan_text(self) -> int | None:
        buffer = self._buffer
        end = _end(_TEXT, buffer, self._at + self._escaped)
        self._escaped = end < len(buffer) and buffer[end] == _BACKSLASH
        if self._escaped or end == len(buffer):
            self._at = len(buffer)
            return None
        self._in_text = False
        self._at = end + 1
        if buffer[end] == _QUOTE:
            return None if self._depth else self._at
        self._depth = 0
        return end

    def _scan_brackets(self) -> int | None:
        buffer = self._buffer
        end = _end(_WITHIN, buffer, self._at)
        self._at = end + 1
        if end == len(buffer):
            self._at = end
        elif buffer[end] == _QUOTE:
            self._in_text = True
        elif buffer[end] in _OPENING:
            self._depth += 1
        elif buffer[end] in _CLOSING:
            self._depth -= 1
            return None if self._depth else self._at
        else:
            self._depth = 0
            return end
        return None


def _end(pattern: re.Pattern[bytes], buffer: bytearray, start: int) -> int:
    found = pattern.match(buffer, start)
    assert found is not None  # each pattern also matches an empty text
    return found.end()
