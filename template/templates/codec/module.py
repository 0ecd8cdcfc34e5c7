"""{{ cookiecutter.__sentence }}."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from msgspec import Meta

from wishbone.codec import BadFrame, Decoder, Encoder
from wishbone.error import InvalidData

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["{{ cookiecutter.__class }}Decoder", "{{ cookiecutter.__class }}Encoder"]


class {{ cookiecutter.__class }}Decoder(Decoder):
    r"""{{ cookiecutter.__sentence }}: bytes to values.

    Each UTF-8 text that ends with the delimiter is a value.

        modules:
          input:
            module: wishbone.input.file
            arguments: {path: texts, decoder: {{ "{" }}{{ cookiecutter.name }}: {delimiter: "\0"}{{ "}" }}}
          stdout:
            module: wishbone.output.stdout
        routingtable:
          - input.outbox -> stdout.inbox

    A text fails if it is not UTF-8, or if it is too long.

    Args:
        delimiter: The end of each text.
        max_size: The longest text, in bytes.
    """

    def __init__(
        self,
        delimiter: Annotated[str, Meta(min_length=1)] = "\n",
        max_size: Annotated[int, Meta(ge=1)] = 1 << 20,
    ) -> None:
        """Start at the beginning of a stream."""
        self.max_size = max_size
        self._delimiter = delimiter.encode()
        self._rest = b""
        self._skipped = 0

    def decode(self, data: bytes) -> Iterator[Any]:
        """Return the texts that are complete, and keep the rest for the next call."""
        *frames, rest = (self._rest + data).split(self._delimiter)
        for frame in frames:
            yield self._value(frame)
        if len(rest) > self.max_size:
            # The end of a text that is too long may be the beginning of the delimiter.
            kept = len(self._delimiter) - 1
            self._skipped += len(rest[: len(rest) - kept])
            rest = rest[len(rest) - kept :]
        self._rest = rest

    def flush(self) -> Iterator[Any]:
        """Return the rest at the end of the stream."""
        rest, self._rest = self._rest, b""
        if rest or self._skipped:
            yield self._value(rest)

    def _value(self, frame: bytes) -> Any:
        size, self._skipped = self._skipped + len(frame), 0
        if size > self.max_size:
            message = f"The text has {size} bytes, more than 'max_size' ({self.max_size}): raise it."
            return BadFrame(frame, InvalidData(message))
        try:
            return frame.decode()
        except UnicodeDecodeError as error:
            return BadFrame(frame, InvalidData(f"The text is not UTF-8: {error}. Encode it in the sender."))


class {{ cookiecutter.__class }}Encoder(Encoder):
    r"""{{ cookiecutter.__sentence }}: values to bytes.

    A text is encoded in UTF-8, with the delimiter after it.

        modules:
          input:
            module: wishbone.input.generator
            arguments: {payload: hello, count: 3}
          stdout:
            module: wishbone.output.stdout
            arguments: {encoder: {{ "{" }}{{ cookiecutter.name }}: {delimiter: "\0"}{{ "}" }}}
        routingtable:
          - input.outbox -> stdout.inbox

    An event fails if its payload is not a text, or if it contains the delimiter.

    Args:
        delimiter: The end of each text.
    """

    def __init__(self, delimiter: Annotated[str, Meta(min_length=1)] = "\n") -> None:
        """Create an encoder for one stream."""
        self.delimiter = delimiter

    def encode(self, value: Any) -> bytes:
        """Return a text as bytes.

        Raises:
            InvalidData: The value is not a text, or the decoder would not return the same text.
        """
        if not isinstance(value, str):
            message = f"Only a text can be encoded, not {type(value).__name__}: convert it before."
            raise InvalidData(message)
        text = f"{value}{self.delimiter}"
        if text.index(self.delimiter) < len(value):
            message = f"The text contains the delimiter {self.delimiter!r}: choose another 'delimiter'."
            raise InvalidData(message)
        try:
            return text.encode()
        except UnicodeEncodeError as error:
            message = f"The text cannot be encoded in UTF-8: {error}."
            raise InvalidData(message) from error
