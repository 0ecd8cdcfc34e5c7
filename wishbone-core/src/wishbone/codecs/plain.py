"""Plain: texts that end with a delimiter, such as lines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

from msgspec import Meta

from wishbone.codec import Decoder, Encoder
from wishbone.codecs.encoding import Encoding
from wishbone.codecs.json import to_json
from wishbone.codecs.splitter import Splitter
from wishbone.codecs.text import TextSplitter
from wishbone.error import InvalidData

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["PlainDecoder", "PlainEncoder"]


class PlainDecoder(Decoder):
    r"""Decodes texts that end with a newline, or with another delimiter.

    A carriage return before the newline is removed, too. The bytes after the last delimiter are a text, too.

        modules:
          input:
            module: wishbone.input.file
            arguments: {path: /var/log/app.log, decoder: {plain: {delimiter: "\0", encoding: latin-1}}}
          stdout:
            module: wishbone.output.stdout
        routingtable:
          - input.outbox -> stdout.inbox

    A text fails when it is too long, and when its bytes are invalid in the encoding.

    Args:
        delimiter: The characters that end a text. If it is empty, the whole stream is one text.
        encoding: The encoding of the text, by a name that Python has. With null, payloads are bytes, and each
            character of the delimiter, up to `\xff`, means one byte.
        errors: What to do with bytes that are invalid in the encoding: `strict` fails the text, `replace`
            replaces them by U+FFFD.
        max_size: Bytes of the longest text.
    """

    def __init__(
        self,
        delimiter: str = "\n",
        encoding: str | None = "utf-8",
        errors: Literal["strict", "replace"] = "strict",
        max_size: Annotated[int, Meta(ge=1)] = 1 << 20,
    ) -> None:
        """Check the arguments.

        Raises:
            ConfigError: There is no such encoding, or it lacks a character of the delimiter.
        """
        trim = "\r" if delimiter == "\n" else ""
        self._splitter: Splitter | TextSplitter
        if encoding is None:
            self._splitter = Splitter(Encoding("latin-1").delimiter(delimiter, "latin-1"), max_size)
        else:
            self._splitter = TextSplitter(delimiter, encoding, max_size, errors, trim)

    def decode(self, data: bytes) -> Iterable[Any]:
        """Return the texts that the bytes complete."""
        return self._splitter.split(data)

    def flush(self) -> Iterable[Any]:
        """Return the text after the last delimiter, if there is any."""
        return self._splitter.finish()


class PlainEncoder(Encoder):
    r"""Writes a text, followed by a delimiter.

    Bytes are written unchanged; everything else (mappings, lists, numbers, logs, metrics) as JSON.

        modules:
          input:
            module: wishbone.input.generator
            arguments: {payload: Hello world!, count: 3}
          stdout:
            module: wishbone.output.stdout
            arguments: {encoder: {plain: {delimiter: "\r\n", encoding: latin-1}}}
        routingtable:
          - input.outbox -> stdout.inbox

    An event fails when its payload cannot be written as JSON, and when the encoding lacks one of its
    characters.

    Args:
        delimiter: Written after each text; it may be empty.
        encoding: The encoding of the text, by a name that Python has.
        errors: What to do with characters that the encoding lacks: `strict` fails the event, `replace`
            writes a question mark, `backslashreplace` their number.
    """

    def __init__(
        self,
        delimiter: str = "\n",
        encoding: str = "utf-8",
        errors: Literal["strict", "replace", "backslashreplace"] = "strict",
    ) -> None:
        """Check the arguments.

        Raises:
            ConfigError: There is no such encoding, or it lacks a character of the delimiter.
        """
        known = Encoding(encoding)
        self.encoding = known.name
        self.content_type = f"text/plain; charset={known.charset}"
        # Each text is encoded separately, so that in a stateful encoding each starts in the initial state.
        self._without_mark = known.start(b"").encoding
        self._delimiter = known.delimiter(delimiter, self._without_mark)
        self._errors = errors
        self._mark = known.mark

    def resume(self, beginning: bytes = b"") -> None:  # noqa: ARG002 - the mark is at its start
        """Write no byte order mark: the stream has one at its start."""
        self._mark = b""

    def encode(self, value: Any) -> bytes:
        """Return a text as bytes, with the delimiter.

        Raises:
            InvalidData: The value cannot be written as JSON, or the encoding lacks a character.
        """
        if isinstance(value, (bytes, bytearray, memoryview)):
            frame = bytes(value) + self._delimiter
        else:
            frame = self._encode(value if isinstance(value, str) else to_json(value).decode())
        if self._mark:
            frame, self._mark = self._mark + frame, b""
        return frame

    def _encode(self, text: str) -> bytes:
        try:
            return text.encode(self._without_mark, self._errors) + self._delimiter
        except UnicodeError as error:
            message = (
                f"The text cannot be written as {self.encoding}: {error}. Choose an 'encoding' that has the"
                " character, such as 'utf-8', or 'errors: replace'."
            )
            raise InvalidData(message) from error
