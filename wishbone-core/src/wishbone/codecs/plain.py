"""Plain: texts that end with a delimiter, such as lines."""

from __future__ import annotations

import codecs
from typing import TYPE_CHECKING, Annotated, Any, Literal

from msgspec import Meta

from wishbone.codec import BadFrame, Decoder, Encoder
from wishbone.codecs.encoding import Encoding
from wishbone.codecs.json import to_json
from wishbone.codecs.splitter import Splitter
from wishbone.error import InvalidData

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["PlainDecoder", "PlainEncoder"]


class PlainDecoder(Decoder):
    r"""Makes a text of each line, or of what ends with any other delimiter.

    A carriage return before a newline belongs to the end of the line. What stands behind the last
    delimiter is a text too.

        modules:
          input:
            module: wishbone.input.file
            arguments: {path: /var/log/app.log, decoder: {plain: {delimiter: "\0", encoding: latin-1}}}
          stdout:
            module: wishbone.output.stdout
        routingtable:
          - input.outbox -> stdout.inbox

    A text fails when it is too long, and when its bytes are not in the encoding.

    Args:
        delimiter: What ends a text: any characters, or none, where the whole stream is one text.
        encoding: How the text is encoded, by a name that Python knows. With null, bytes come out as they
            are, and each character of the delimiter, up to `\xff`, stands for a byte.
        errors: What becomes of bytes that are not in the encoding: `strict` fails the text, `replace`
            puts U+FFFD in their place.
        max_size: Bytes of the longest text.
    """

    def __init__(
        self,
        delimiter: str = "\n",
        encoding: str | None = "utf-8",
        errors: Literal["strict", "replace"] = "strict",
        max_size: Annotated[int, Meta(ge=1)] = 1 << 20,
    ) -> None:
        """Begin at the beginning of a stream.

        Raises:
            ConfigError: There is no such encoding, or it has nothing for the delimiter.
        """
        self.delimiter = delimiter
        self.errors = errors
        self.max_size = max_size
        self._raw = encoding is None
        self._end = "\r" if delimiter == "\n" else ""
        self._encoding = Encoding("latin-1" if encoding is None else encoding)
        self._head: bytes | None = b"" if self._encoding.mark_size else None
        self._begin(b"")

    def decode(self, data: bytes) -> Iterable[Any]:
        """Return the texts that the bytes complete."""
        if self._head is not None:
            self._head += data
            if len(self._head) < self._encoding.mark_size:
                return ()
            data, self._head = self._begin(self._head), None
        return self._texts(self._splitter.split(data))

    def flush(self) -> Iterable[Any]:
        """Return what stands behind the last delimiter, if anything does."""
        text = self._begin(self._head) if self._head else b""
        return self._texts([*self._splitter.split(text), *self._splitter.finish()])

    def _begin(self, head: bytes) -> bytes:
        """Get ready for a stream that begins so, and return what of it is text."""
        self.encoding, mark = self._encoding.start(head)
        delimiter = self._encoding.delimiter(self.delimiter, self.encoding)
        self._splitter = Splitter(delimiter, self.max_size, self._encoding.unit)
        return head[mark:]

    def _texts(self, frames: list[bytes | BadFrame]) -> list[Any]:
        if self._raw:
            return frames
        encoding, errors, end = self.encoding, self.errors, self._end
        try:
            # Usually all frames are good, and then none costs a call.
            return [str(frame, encoding, errors).removesuffix(end) for frame in frames]  # type: ignore[arg-type]
        except (TypeError, UnicodeError):
            return [self._text(frame) for frame in frames]

    def _text(self, frame: bytes | BadFrame) -> str | BadFrame:
        if isinstance(frame, BadFrame):
            return frame
        try:
            return str(frame, self.encoding, self.errors).removesuffix(self._end)
        except UnicodeError as error:
            message = (
                f"The text is not {self.encoding}: {error}. Give the right 'encoding', or 'errors: replace'."
            )
            return BadFrame(frame, InvalidData(message))


class PlainEncoder(Encoder):
    r"""Writes a text as it is, with a delimiter behind it.

    Bytes are written as they are too, everything else (mappings, lists, numbers, logs, metrics) as JSON.

        modules:
          input:
            module: wishbone.input.generator
            arguments: {payload: Hello world!, count: 3}
          stdout:
            module: wishbone.output.stdout
            arguments: {encoder: {plain: {delimiter: "\r\n", encoding: latin-1}}}
        routingtable:
          - input.outbox -> stdout.inbox

    An event fails when JSON has nothing for its payload, and when the encoding has nothing for one of
    its characters.

    Args:
        delimiter: What to write behind each text; it may be empty.
        encoding: How the text is encoded, by a name that Python knows.
        errors: What becomes of characters that are not in the encoding: `strict` fails the event,
            `replace` writes a question mark, `backslashreplace` their number.
    """

    def __init__(
        self,
        delimiter: str = "\n",
        encoding: str = "utf-8",
        errors: Literal["strict", "replace", "backslashreplace"] = "strict",
    ) -> None:
        """Begin at the beginning of a stream.

        Raises:
            ConfigError: There is no such encoding, or it has nothing for the delimiter.
        """
        self.errors = errors
        self.encoding = Encoding(encoding).name
        start = Encoding(encoding).start(b"").encoding
        self._delimiter = Encoding(encoding).delimiter(delimiter, start)
        # An incremental encoder puts a byte order mark before the first text only.
        self._encode = codecs.getincrementalencoder(encoding)(errors).encode

    def encode(self, value: Any) -> bytes:
        """Return a text's bytes, and the delimiter.

        Raises:
            InvalidData: JSON has nothing for the value, or the encoding for a character.
        """
        if isinstance(value, (bytes, bytearray, memoryview)):
            return bytes(value) + self._delimiter
        text = value if isinstance(value, str) else to_json(value).decode()
        try:
            return self._encode(text) + self._delimiter
        except UnicodeError as error:
            message = (
                f"The text cannot be written as {self.encoding}: {error}. Choose an 'encoding' that has the"
                " character, such as 'utf-8', or 'errors: replace'."
            )
            raise InvalidData(message) from error
