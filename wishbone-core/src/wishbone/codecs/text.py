"""TextSplitter: splits a stream of bytes into texts, in any encoding."""

from __future__ import annotations

from wishbone.codec import BadFrame
from wishbone.codecs.encoding import Encoding
from wishbone.codecs.splitter import Splitter
from wishbone.error import InvalidData

__all__ = ["TextSplitter"]


class TextSplitter:
    """Splits bytes into texts at a delimiter, however the stream is cut into pieces.

    A text that is too long, or not valid in the encoding, becomes a `BadFrame`.
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
        self._head: bytes | None = b"" if self._encoding.mark_size else None
        self._begin(b"")

    def split(self, data: bytes) -> list[str | BadFrame]:
        """Return the texts that the bytes complete, in order, without their delimiters."""
        if self._head is not None:
            self._head += data
            if len(self._head) < self._encoding.mark_size:
                return []
            data, self._head = self._begin(self._head), None
        return self._texts(self._splitter.split(data))

    def finish(self) -> list[str | BadFrame]:
        """Return the rest as a text, if there is any: the stream has ended."""
        rest = self._begin(self._head) if self._head else b""
        return self._texts([*self._splitter.split(rest), *self._splitter.finish()])

    def _begin(self, head: bytes) -> bytes:
        """Prepare for a stream that begins with these bytes, and return them without a byte order mark."""
        self.encoding, mark = self._encoding.start(head)
        delimiter = self._encoding.delimiter(self._delimiter, self.encoding)
        self._splitter = Splitter(delimiter, self.max_size, self._encoding.unit)
        return head[mark:]

    def _texts(self, frames: list[bytes | BadFrame]) -> list[str | BadFrame]:
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
