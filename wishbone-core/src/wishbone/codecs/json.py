"""JSON: a document on each line, or documents one after the other."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Any, Literal

import msgspec
from msgspec import Meta

from wishbone.codec import BadFrame, Decoder, Encoder
from wishbone.codecs.documents import DocumentSplitter
from wishbone.codecs.splitter import Splitter
from wishbone.error import InvalidData

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["JsonDecoder", "JsonEncoder", "from_json", "to_json"]
_BYTE_ORDER_MARKS = re.compile(rb"(?:\xef\xbb\xbf)++")

_decode = msgspec.json.Decoder().decode
_encode = msgspec.json.Encoder().encode


class JsonDecoder(Decoder):
    """Makes a value of each JSON document (RFC 8259), one on each line or one after the other.

    Empty lines are passed over. With `framing: documents` a document may have many lines, and several
    may stand on one; a record separator may stand before each (RFC 7464).

        modules:
          input:
            module: wishbone.input.file
            arguments: {path: /var/log/app.json, decoder: {json: {framing: documents}}}
          stdout:
            module: wishbone.output.stdout
        routingtable:
          - input.outbox -> stdout.inbox

    A document fails when it is too long, and when it is no JSON. What follows a broken document is
    read from the next line on; with `framing: documents`, from where the broken one's brackets are closed,
    or from the end of a line in the middle of a text.

    Args:
        framing: `lines` or `documents`.
        max_size: Bytes of the longest document.
    """

    def __init__(
        self,
        framing: Literal["lines", "documents"] = "lines",
        max_size: Annotated[int, Meta(ge=1)] = 1 << 20,
    ) -> None:
        """Begin at the beginning of a stream."""
        self._splitter = Splitter(b"\n", max_size) if framing == "lines" else DocumentSplitter(max_size)

    def decode(self, data: bytes) -> Iterable[Any]:
        """Return the values of the documents that the bytes complete."""
        return _values(self._splitter.split(data))

    def flush(self) -> Iterable[Any]:
        """Return the value of a last document that nothing follows."""
        return _values(self._splitter.finish())


class JsonEncoder(Encoder):
    """Writes a value as JSON, on a line of its own.

        modules:
          input:
            module: wishbone.input.generator
            arguments: {payload: {user: ada}, count: 3}
          stdout:
            module: wishbone.output.stdout
            arguments: {encoder: {json: {indent: 2}}}
        routingtable:
          - input.outbox -> stdout.inbox

    Bytes are written as base64, times as RFC 3339 has them, a number that is infinite or none as null. An
    event fails when JSON has nothing for its payload.

    Args:
        delimiter: What to write behind each document; nothing, where it stands alone.
        indent: Spaces to indent by; without them it is all on one line.
    """

    content_type = "application/json"

    def __init__(
        self, delimiter: str = "\n", indent: Annotated[int, Meta(ge=1, le=16)] | None = None
    ) -> None:
        """Begin at the beginning of a stream."""
        self._delimiter = delimiter.encode()
        self._indent = indent

    def encode(self, value: Any) -> bytes:
        """Return a value as a document, and the delimiter.

        Raises:
            InvalidData: JSON has nothing for it.
        """
        try:
            document = _encode(value)  # what `to_json` does, without the call: most encoders are this one
        except (TypeError, ValueError, RecursionError):
            document = to_json(value)
        if self._indent is not None:
            document = msgspec.json.format(document, indent=self._indent)
        return document + self._delimiter


def to_json(value: Any) -> bytes:
    """Return a value as JSON, on one line.

    Raises:
        InvalidData: JSON has nothing for it.
    """
    try:
        return _encode(value)
    except (TypeError, ValueError, RecursionError) as error:
        message = (
            f"The payload cannot be written as JSON: {error}. Make mappings, lists, texts and numbers of it."
        )
        raise InvalidData(message) from error


def from_json(document: str | bytes) -> Any:
    """Return the value of one JSON document.

    Raises:
        InvalidData: It is none.
    """
    try:
        return _decode(document)
    except (msgspec.MsgspecError, TypeError, ValueError, RecursionError) as error:
        message = f"The text is no JSON: {error}. It must be one document, and nothing besides."
        raise InvalidData(message) from error


def _values(frames: Iterable[bytes | bytearray | BadFrame]) -> list[Any]:
    values = []
    for frame in frames:
        try:
            values.append(_decode(frame))  # type: ignore[arg-type]
        except (msgspec.MsgspecError, TypeError, ValueError, RecursionError) as error:
            _refuse(frame, error, values)
    return values


def _refuse(frame: bytes | bytearray | BadFrame, error: Exception, values: list[Any]) -> None:
    """Put what stands for a frame that is no document to the values; nothing for an empty line."""
    if isinstance(frame, BadFrame):
        values.append(frame)
    elif marks := _BYTE_ORDER_MARKS.match(frame):
        values.extend(_values([frame[marks.end() :]]))
    elif frame and not frame.isspace():
        values.append(
            BadFrame(bytes(frame), InvalidData(f"The frame is no JSON: {error}. See how it begins."))
        )
