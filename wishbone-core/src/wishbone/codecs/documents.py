"""DocumentSplitter: splits a stream of JSON documents at the end of each, in bounded memory."""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING

from wishbone.codecs.splitter import too_long

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wishbone.codec import BadFrame

__all__ = ["DocumentSplitter"]

MAX_DEPTH = 1000
"""Levels of nesting: msgspec decodes no more of them."""

_LEVELS = 4
"""Levels of nesting that one match of a pattern passes."""

_MORE = -1
"""The next bytes decide."""

_OPENING, _CLOSING, _CONTINUED = b"{[", b"}]", b",:{["
_NEWLINE, _QUOTE, _BACKSLASH, _SEPARATOR, _NUL = b'\n"\\\x1e\0'
_SPACE = b" \t\n\r\v\f"

# Between documents: white space, NULs that a crash left in a file, the record separator of RFC 7464, and the
# bytes of a byte order mark. No document begins with one of these.
_BETWEEN = re.compile(rb"[\s\0\x1e\xef\xbb\xbf]*+")

# A number, a word such as true, or invalid text where a document should begin.
_WORD = re.compile(rb'[^\s\0\x1e"{\[]*+')
_SCALAR = re.compile(rb"true|false|null|-?[0-9][0-9.eE+-]*")

# Within a text, up to its end. A text has no newline and no record separator (RFC 8259, section 7).
_INNER = rb'(?:[^"\\\n\0\x1e]++|\\[^\n\0\x1e])*+'
_TEXT = re.compile(_INNER)

# The newline before a line that may begin a document is passed only if the byte before it says that the
# document continues.
_LINE = rb'\n(?=[^"{\[0-9tfn-])|(?<=[,:{\[])\n|(?<=[,:{\[]\s)\n'
_ITEM = rb'[^"{}\[\]\n\0\x1e]++|"' + _INNER + rb'"|' + _LINE


def _nested(levels: int) -> bytes:
    inner = rb"|[{\[]" + _nested(levels - 1) + rb"[}\]]" if levels else b""
    return rb"(?:" + _ITEM + inner + rb")*+"


_FLAT = re.compile(_nested(0))
_BALANCED = re.compile(_nested(_LEVELS))
_OPENED = re.compile(rb"(?:[{\[]" + _nested(0) + rb")*+")
_WHOLE = re.compile(rb"\s*+([{\[]" + _nested(_LEVELS) + rb"[}\]])")
_CLOSED = re.compile(rb"(?:[}\]]" + _nested(0) + rb")*+")
_WHOLE_TEXTS = re.compile(rb'"' + _INNER + rb'"')

# Out of step, up to a place where a document may begin: a line, or an opening bracket after a closing one.
_LOST = re.compile(
    rb'(?:[^"}\]\n\0\x1e]++|"'
    + _INNER
    + rb'"|[}\]](?=\s{0,8}+[^\s{\[]|\s{9})|\0(?=[^{\[])|'
    + _LINE
    + rb")*+"
)
_GAP = re.compile(rb"[}\]]\s*+")


class DocumentSplitter:
    """Splits bytes into documents, however the stream is cut into pieces.

    It looks at brackets and texts only; the parser checks the rest. Each byte is read a fixed number of
    times, even if the stream comes byte by byte.

    A torn document ends before the next line that begins a document. A document that goes on in such a line
    has a comma, a colon or an opening bracket before it.

    Args:
        max_size: Bytes of the longest document.
    """

    def __init__(self, max_size: int) -> None:
        self.max_size = max_size
        self.skipped = 0
        """The NULs between documents."""
        self._buffer = bytearray()
        self._at = 0
        self._depth = 0
        self._in_text = self._in_word = False
        self._lost = False  # the end of a bad document is searched
        self._skipping = False  # this document is too long, and was yielded
        self._before = 0  # while skipping, the last byte that was removed and is not white space

    def split(self, data: bytes) -> Iterator[bytes | bytearray | BadFrame]:
        """Yield the documents that the bytes complete, in order. One that is too long is a `BadFrame`."""
        self._buffer += data
        while True:
            if not self._busy:
                yield from self._whole_documents()
            if (end := self._find_end()) is not None:
                document = self._cut(end)
                self._depth = 0
                self._in_text = self._in_word = self._lost = False
                if not self._skipping:
                    yield document
                self._skipping = False
            elif len(self._buffer) > self.max_size and not self._skipping:
                yield too_long(self._buffer, self.max_size)
                self._lost = self._skipping = True
                self._before = 0
            else:
                break
        if self._skipping:
            self._before = self._last_before(self._at)
            self._cut(self._at)

    def finish(self) -> Iterator[bytes | bytearray | BadFrame]:
        """Yield the rest as a document, if there is any: the stream has ended."""
        if self._buffer and not self._skipping:
            yield self._cut(len(self._buffer))

    @property
    def _busy(self) -> bool:
        """Whether the beginning of the buffer was scanned already."""
        return bool(self._depth or self._in_text or self._in_word or self._lost)

    def _whole_documents(self) -> Iterator[bytes]:
        """Yield documents that need one look each: their end has come, and they are not nested deeply."""
        at = 0
        while (found := _WHOLE.match(self._buffer, at)) and len(document := found[1]) <= self.max_size:
            yield document
            at = found.end()
        del self._buffer[:at]

    def _cut(self, end: int) -> bytearray:
        """Remove the beginning of the buffer, and return it."""
        document = self._buffer[:end]
        del self._buffer[:end]
        self._at = 0
        return document

    def _find_end(self) -> int | None:
        """Return the end of the first document in the buffer, or None if the buffer lacks it."""
        if not self._busy:
            self._begin()
        # Not beyond the longest document: where it ends must not depend on how much has come.
        limit = len(self._buffer)
        if not self._skipping:
            limit = min(limit, self.max_size + 1)
        end: int | None = None
        while end is None and self._at < limit:
            if self._in_text:
                end = self._scan_text(limit)
            elif self._lost:
                end = self._scan_lost(limit)
            elif self._in_word:
                end = self._scan_word(limit)
            else:
                end = self._scan_brackets(limit)
        return None if end == _MORE else end

    def _begin(self) -> None:
        """Skip the bytes between two documents, and find out what the next document is."""
        buffer = self._buffer
        if gap := _end(_BETWEEN, buffer, 0):
            self.skipped += buffer.count(_NUL, 0, gap)
            del buffer[:gap]
        if buffer:
            self._in_text = buffer[0] == _QUOTE
            self._depth = int(buffer[0] in _OPENING)
            self._in_word = not (self._in_text or self._depth)
            self._at = 0 if self._in_word else 1

    def _scan_word(self, limit: int) -> int | None:
        self._at = end = _end(_WORD, self._buffer, self._at, limit)
        if end == limit:
            return None
        self._in_word = False
        if _SCALAR.fullmatch(self._buffer, 0, end):
            return end
        self._lost = True
        return None

    def _scan_text(self, limit: int) -> int | None:
        buffer = self._buffer
        self._at = end = _end(_TEXT, buffer, self._at, limit)
        if end == limit:
            return None
        if buffer[end] == _BACKSLASH:
            if end + 1 == limit:
                return _MORE
            self._at = end + 1
        elif buffer[end] == _QUOTE:
            self._at = end + 1
            self._in_text = False
            return None if self._depth or self._lost else self._at
        self._in_text = False
        self._lost = True
        return None

    def _scan_brackets(self, limit: int) -> int | None:
        buffer, at, depth = self._buffer, self._at, self._depth
        while True:
            pattern = _BALANCED if depth <= MAX_DEPTH - _LEVELS else _FLAT
            at = _end(pattern, buffer, at, limit)
            if at == limit:
                break
            byte = buffer[at]
            if byte in _CLOSING:
                end = _end(_CLOSED, buffer, at, limit)
                closed = _count(_CLOSING, buffer[at:end])
                if closed >= depth:
                    return at + _passed(buffer[at:end], depth)
                depth -= closed
                at = end
            elif byte in _OPENING:
                end = _end(_OPENED, buffer, at, limit)
                depth += _count(_OPENING, buffer[at:end])
                at = end
                if depth > MAX_DEPTH:
                    self._lost = True
                    break
            elif byte == _NEWLINE and at + 1 < limit and self._last_before(at) in _CONTINUED:
                at += 1
            else:
                self._in_text = byte == _QUOTE
                at += self._in_text
                self._lost = byte == _NUL or (byte == _NEWLINE and at + 1 < limit)
                self._at, self._depth = at, depth
                if byte == _SEPARATOR:
                    return at
                return _MORE if byte == _NEWLINE and not self._lost else None
        self._at, self._depth = at, depth
        return None

    def _scan_lost(self, limit: int) -> int | None:
        buffer = self._buffer
        self._at = end = _end(_LOST, buffer, self._at, limit)
        if end == limit:
            return None
        byte = buffer[end]
        if byte == _QUOTE:
            self._in_text = True
            self._at = end + 1
            return None
        after = _end(_GAP, buffer, end, limit) if byte in _CLOSING else end + 1
        if after == limit and byte != _SEPARATOR:
            return _MORE
        if byte in _CLOSING:
            return after
        if byte == _NEWLINE and self._last_before(end) in _CONTINUED:
            self._at = after
            return None
        return end if self._skipping or byte == _SEPARATOR else self._last_line(end)

    def _last_line(self, end: int) -> int:
        """Return the last line before the end that begins a document: what is torn may be before it."""
        line = max(self._buffer.rfind(b"\n{", 0, end), self._buffer.rfind(b"\n[", 0, end))
        return line if line > 0 else end

    def _last_before(self, at: int) -> int:
        """Return the last byte before an offset that is not white space, or 0."""
        while at and self._buffer[at - 1] in _SPACE:
            at -= 1
        return self._buffer[at - 1] if at else self._before if self._skipping else 0


def _count(brackets: bytes, data: bytearray) -> int:
    """Return how many brackets are outside of texts."""
    if _QUOTE in data:
        data = bytearray(_WHOLE_TEXTS.sub(b"", data))
    return data.count(brackets[:1]) + data.count(brackets[1:])


def _passed(data: bytearray, count: int) -> int:
    """Return where so many closing brackets have been passed; no others come before."""
    if _QUOTE not in data:
        return len(data) - len(data.replace(b"}", b"]").split(b"]", count)[-1])
    at = 0
    for _ in range(count):
        at = _end(_FLAT, data, at) + 1
    return at


def _end(pattern: re.Pattern[bytes], buffer: bytearray, start: int, limit: int = sys.maxsize) -> int:
    found = pattern.match(buffer, start, limit)
    assert found is not None  # each pattern also matches an empty text
    return found.end()
