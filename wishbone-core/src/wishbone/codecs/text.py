"""TextSplitter: splits a stream of bytes into texts, in any encoding."""

from __future__ import annotations

import re

from wishbone.codec import BadFrame
from wishbone.codecs.encoding import Encoding
from wishbone.codecs.splitter import Splitter
from wishbone.error import InvalidData

__all__ = ["TextSplitter"]

_RUN = 16
"""This many NULs within a line do not belong to it: a crash or a truncation left them in a file."""

_NUL = b"\0"
_LONG = _NUL * _RUN
_NULS = re.compile(rb"(\n?)(\0++)")


class TextSplitter:
    """Splits bytes into texts at a delimiter, however the stream is cut into pieces.

    A text that is too long, or not valid in the encoding, becomes a `BadFrame`. Where lines end with the byte
    of a newline, NULs at the beginning of a line are skipped, and `_RUN` or more within a line end it.
    """

    def __init__(
        self, delimiter: str, encoding: str, max_size: int, errors: str = "strict", trim: str = ""
    ) -> None:
        """Create a splitter for one stream.

        Args:
            delimiter: The characters that end a text. If it is empty, the whole stream is one text.
            encoding: The encoding of the text, by a name that Python has.
            max_size: Bytes of the longest text.
            errors: What to do with bytes that are invalid in the encoding, as in `bytes.decode`.
            trim: Removed from the end of each text that ends with it.

        Raises:
            ConfigError: There is no such encoding, or it lacks a character of the delimiter.
        """
        self.max_size = max_size
        self._delimiter = delimiter
        self._errors = errors
        self._trim = trim
        self._encoding = Encoding(encoding)
        self._head: bytes | None = b""
        self.skipped = 0
        """The NULs that were skipped."""
        self._padded = delimiter == "\n" and self._encoding.unit == 1
        self._nuls = _RUN  # how many came last; at the beginning of a line, as if enough had come
        self._any_nuls = False
        self._begin(b"")

    def split(self, data: bytes) -> list[str | BadFrame]:
        """Return the texts that the bytes complete, in order, without their delimiters."""
        if self._head is not None:
            self._head += data
            if self._encoding.undecided(self._head):
                return []
            data, self._head = self._begin(self._head), None
        return self._texts(self._splitter.split(self._without_padding(data)))

    def finish(self) -> list[str | BadFrame]:
        """Return the rest as a text, if there is any: the stream has ended."""
        rest = self._begin(self._head) if self._head else b""
        frames = self._splitter.split(self._without_padding(rest))
        return self._texts([*frames, *self._splitter.finish()])

    def _begin(self, head: bytes) -> bytes:
        """Prepare for a stream that begins with these bytes, and return them without a byte order mark."""
        self.encoding, mark = self._encoding.start(head)
        delimiter = self._encoding.delimiter(self._delimiter, self.encoding)
        self._splitter = Splitter(delimiter, self.max_size, self._encoding.unit)
        return head[mark:]

    def _without_padding(self, data: bytes) -> bytes:
        """Remove NULs from the beginnings of lines, and all but `_RUN` of a longer run."""
        if not self._padded:
            return data
        if _NUL in data:
            self._any_nuls = True
            data = _NULS.sub(self._shortened, data)
        if data.endswith(_NUL):
            text = data.rstrip(_NUL)
            self._nuls = len(data) - len(text) + (0 if text else self._nuls)
        elif data:
            self._nuls = _RUN if data.endswith(b"\n") else 0
        return data

    def _shortened(self, found: re.Match[bytes]) -> bytes:
        newline, nuls = found.groups()
        before = _RUN if newline else 0 if found.start() else self._nuls
        kept: bytes = nuls[: _RUN - before]
        self.skipped += len(nuls) - len(kept)
        return newline + kept

    def _without_runs(self, frames: list[bytes | BadFrame]) -> list[bytes | BadFrame]:
        """Cut texts at long runs of NULs."""
        cut: list[bytes | BadFrame] = []
        for frame in frames:
            if isinstance(frame, BadFrame) or _LONG not in frame:
                cut.append(frame)
            else:
                self.skipped += frame.count(_LONG) * _RUN
                cut += filter(None, frame.split(_LONG))
        return cut

    def _texts(self, frames: list[bytes | BadFrame]) -> list[str | BadFrame]:
        if self._any_nuls:
            frames = self._without_runs(frames)
        encoding, errors, trim = self.encoding, self._errors, self._trim
        try:
            # Usually all frames are valid: this needs no call per frame.
            return [str(frame, encoding, errors).removesuffix(trim) for frame in frames]  # type: ignore[arg-type]
        except (TypeError, UnicodeError):
            return [frame if isinstance(frame, BadFrame) else self._text(frame) for frame in frames]

    def _text(self, frame: bytes) -> str | BadFrame:
        try:
            return str(frame, self.encoding, self._errors).removesuffix(self._trim)
        except UnicodeError as error:
            message = (
                f"The text is not {self.encoding}: {error}. Give the right 'encoding', or correct the sender."
            )
            return BadFrame(frame, InvalidData(message))
