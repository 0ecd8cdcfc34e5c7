"""JSON: one document per line, or documents one after the other."""

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

_NUL = b"\0"
_NULS = re.compile(rb"\0++")

# An escape sequence; a surrogate that is not half of a pair is a group.
_ESCAPE = re.compile(
    rb"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(u[dD][89a-fA-F][0-9a-fA-F]{2})|.)",
    re.DOTALL,
)

_ERRORS = (msgspec.MsgspecError, TypeError, ValueError, RecursionError)

_decode = msgspec.json.Decoder().decode
_encode = msgspec.json.Encoder().encode


class JsonDecoder(Decoder):
    r"""Decodes JSON documents (RFC 8259), one per line or one after the other.

    Empty lines are ignored. With `framing: documents`, a document may have many lines, and a line many
    documents. A record separator may come before each document (RFC 7464).

        modules:
          input:
            module: wishbone.input.file
            arguments: {path: /var/log/app.json, decoder: {json: {framing: documents}}}
          stdout:
            module: wishbone.output.stdout
        routingtable:
          - input.outbox -> stdout.inbox

    A document fails when it is too long, and when it is not valid JSON. Decoding then goes on with the next
    line. With `framing: documents`, it goes on after the bracket that closes the invalid document, or
    with the next line that begins a document, if the closing bracket is missing. NULs, which a crash
    leaves in a file, end a document, and are skipped.

    Args:
        framing: `lines` or `documents`.
        max_size: Bytes of the longest document.
        errors: What to do with half of a surrogate pair, such as `\ud83d`, and with bytes that are not
            UTF-8: `strict` fails the document, `replace` replaces them by U+FFFD.
    """

    def __init__(
        self,
        framing: Literal["lines", "documents"] = "lines",
        max_size: Annotated[int, Meta(ge=1)] = 1 << 20,
        errors: Literal["strict", "replace"] = "strict",
    ) -> None:
        self._splitter = Splitter(b"\n", max_size) if framing == "lines" else DocumentSplitter(max_size)
        self._lines = framing == "lines"
        self._skipped = 0
        self._replace = errors == "replace"

    @property
    def skipped(self) -> int:
        """The NULs that were skipped."""
        splitter = self._splitter
        return splitter.skipped if isinstance(splitter, DocumentSplitter) else self._skipped

    def decode(self, data: bytes) -> Iterable[Any]:
        """Return the values of the documents that the bytes complete."""
        if _NUL in data and self._lines:
            self._skipped += data.count(_NUL)
            data = _NULS.sub(b"\n", data)
        return self._values(self._splitter.split(data))

    def flush(self) -> Iterable[Any]:
        """Return the value of the last document, if its end was still missing."""
        return self._values(self._splitter.finish())

    def _values(self, frames: Iterable[bytes | bytearray | BadFrame]) -> list[Any]:
        values = []
        for frame in frames:
            try:
                values.append(_decode(frame))  # type: ignore[arg-type]
            except _ERRORS as error:
                self._append_bad(frame, error, values)
        return values

    def _append_bad(self, frame: bytes | bytearray | BadFrame, error: Exception, values: list[Any]) -> None:
        """Append what is left of a frame that cannot be decoded: nothing of an empty line."""
        if isinstance(frame, BadFrame):
            values.append(frame)
        elif marks := _BYTE_ORDER_MARKS.match(frame):
            values += self._values([frame[marks.end() :]])
        elif frame and not frame.isspace():
            values.append(self._replaced(frame, error) if self._replace else _bad(frame, error))

    def _replaced(self, frame: bytes | bytearray, error: Exception) -> Any:
        try:
            return _decode(_ESCAPE.sub(_replacement, frame).decode("utf-8", "replace"))
        except _ERRORS:
            return _bad(frame, error)


class JsonEncoder(Encoder):
    """Writes a value as JSON, on its own line.

        modules:
          input:
            module: wishbone.input.generator
            arguments: {payload: {user: ada}, count: 3}
          stdout:
            module: wishbone.output.stdout
            arguments: {encoder: {json: {indent: 2}}}
        routingtable:
          - input.outbox -> stdout.inbox

    Bytes are written as base64, times as in RFC 3339, infinite numbers and NaN as null. An event fails when
    its payload cannot be written as JSON.

    Args:
        delimiter: Written after each document; it may be empty.
        indent: Spaces per level of indentation; null writes a document on one line.
    """

    content_type = "application/json"

    def __init__(
        self, delimiter: str = "\n", indent: Annotated[int, Meta(ge=1, le=16)] | None = None
    ) -> None:
        self._delimiter = delimiter.encode()
        self._indent = indent

    def encode(self, value: Any) -> bytes:
        """Return a value as a document, with the delimiter.

        Raises:
            InvalidData: The value cannot be written as JSON.
        """
        try:
            document = _encode(value)  # as `to_json`, without the cost of a call
        except (TypeError, ValueError, RecursionError):
            document = to_json(value)
        if self._indent is not None:
            document = msgspec.json.format(document, indent=self._indent)
        return document + self._delimiter


def to_json(value: Any) -> bytes:
    """Return a value as JSON, on one line.

    Raises:
        InvalidData: The value cannot be written as JSON.
    """
    try:
        return _encode(value)
    except (TypeError, ValueError, RecursionError) as error:
        message = f"The payload cannot be written as JSON: {error}. Use mappings, lists, texts and numbers."
        raise InvalidData(message) from error


def from_json(document: str | bytes) -> Any:
    """Return the value of one JSON document.

    Raises:
        InvalidData: The text is not valid JSON.
    """
    try:
        return _decode(document)
    except _ERRORS as error:
        message = f"The text is not valid JSON: {_cause(document, error)}. It must be one document."
        raise InvalidData(message) from error


def _bad(frame: bytes | bytearray, error: Exception) -> BadFrame:
    message = f"The frame is not valid JSON: {_cause(frame, error)}. See how it begins."
    return BadFrame(bytes(frame), InvalidData(message))


def _cause(document: str | bytes | bytearray, error: Exception) -> str:
    """Return what is wrong with a document. For the parser, half of a surrogate pair is missing data."""
    if "truncated" not in str(error) and "surrogate" not in str(error):
        return str(error)
    data = document.encode("utf-8", "surrogatepass") if isinstance(document, str) else document
    for found in _ESCAPE.finditer(data):
        if found[1]:
            half = found[0].decode()
            return f"{half} is an unpaired surrogate, half of a character (byte {found.start()})"
    return str(error)


def _replacement(escape: re.Match[bytes]) -> bytes:
    return b"\\ufffd" if escape[1] else escape[0]
