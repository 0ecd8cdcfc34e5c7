"""TextSplitter: cuts a stream of bytes into texts, in any encoding."""

from __future__ import annotations

from wishbone.codec import BadFrame
from wishbone.codecs.encoding import Encoding
from wishbone.codecs.splitter import Splitter
from wishbone.error import InvalidData

__all__ = ["TextSplitter"]


class TextSplitter:
    """Cuts bytes into texts at a delimiter, wherever they were cut on their way.

    What is too long and what is not in the encoding becomes a `BadFrame` in its place.
    """

    def __init__(
        self, delimiter: str, encoding: str, max_size: int, errors: str = "strict", trim: str = ""
    ) -> None:
        """Begin at the beginning of a stream.

        Args:
            delimiter: What ends a text, and is no part of it; nothing, where the stream is one text.
            encoding: How the text is encoded, by a name that Python knows.
            max_size: Bytes of the longest text.
            errors: What becomes of bytes that are not in the encoding, by the names of `bytes.decode`.
            trim: What is left out at the end of a text, if it stands there.

        Raises:
            ConfigError: There is no such encoding, or it has nothing for the delimiter.
        """
        self.max_size = max_size
        self._delimiter = delimiter
        self._errors = errors
        self._trim = trim
        self._encoding = Encoding(encoding)
        self._head: bytes | None = b"" if self._encoding.mark_size else None
        self._begin(b"")

    def split(self, data: bytes) -> list[str | BadFrame]:
        """Return the texts that the bytes complete, in order."""
        if self._head is not None:
            self._head += data
            if len(self._head) < self._encoding.mark_size:
                return []
            data, self._head = self._begin(self._head), None
        return self._texts(self._splitter.split(data))

    def finish(self) -> list[str | BadFrame]:
        """Return what is left as a text, if anything is: no more bytes come."""
        rest = self._begin(self._head) if self._head else b""
        return self._texts([*self._splitter.split(rest), *self._splitter.finish()])

    def _begin(self, head: bytes) -> bytes:
        """Get ready for a stream that begins so, and return what of it is text."""
        self.encoding, mark = self._encoding.start(head)
        delimiter = self._encoding.delimiter(self._delimiter, self.encoding)
        self._splitter = Splitter(delimiter, self.max_size, self._encoding.unit)
        return head[mark:]

    def _texts(self, frames: list[bytes | BadFrame]) -> list[str | BadFrame]:
        encoding, errors, trim = self.encoding, self._errors, self._trim
        try:
            # Usually all frames are good, and then none costs a call.
            return [str(frame, encoding, errors).removesuffix(trim) for frame in frames]  # type: ignore[arg-type]
        except (TypeError, UnicodeError):
            return [frame if isinstance(frame, BadFrame) else self._text(frame) for frame in frames]

    def _text(self, frame: bytes) -> str | BadFrame:
        try:
            return str(frame, self.encoding, self._errors).removesuffix(self._trim)
        except UnicodeError as error:
            message = (
                f"The text is not {self.encoding}: {error}. Give the right 'encoding', or mend the sender."
            )
            return BadFrame(frame, InvalidData(message))
