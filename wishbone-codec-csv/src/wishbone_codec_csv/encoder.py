"""CsvEncoder: writes a record of each mapping or list."""

from __future__ import annotations

import csv
from typing import Annotated, Any, Literal

from msgspec import Meta

from wishbone.codec import Encoder
from wishbone.codecs.json import to_json
from wishbone.codecs.plain import PlainEncoder
from wishbone.error import ConfigError, InvalidData
from wishbone_codec_csv.dialect import Character, Name, dialect_of

__all__ = ["CsvEncoder"]

_LINE_END = "\r\n"


class _Passing:
    """The file of a csv writer: `write` returns the text, and so does the writer's `writerow`."""

    def write(self, text: str) -> str:
        return text


class CsvEncoder(Encoder):
    r"""Writes a CSV record for each mapping or list, and a header before the first one.

    The columns are the keys of the first mapping, unless `columns` names them. Null is an empty field; a
    mapping or list in a field is written as JSON.

        modules:
          input:
            module: wishbone.input.generator
            arguments: {payload: {user: ada, id: 5, note: "a; b"}, count: 3}
          stdout:
            module: wishbone.output.stdout
            arguments: {encoder: {csv: {columns: [id, user], delimiter: ";", line_end: "\n"}}}
        routingtable:
          - input.outbox -> stdout.inbox

    An event fails when its payload is neither a mapping nor a list, when a list has more or fewer items than
    there are columns, when a mapping has a key that the first one had not (with `columns`, such keys are left
    out), and when a character cannot be written in the dialect or the encoding.

    Args:
        header: Whether to write the names of the columns.
        columns: The keys to write, in order.
        dialect: Defaults for the options below: `excel` (commas, quotes doubled, `\r\n`), `excel-tab` or
            `unix` (everything quoted, `\n`).
        delimiter: Separates fields.
        quote: Encloses a field that needs it. An empty text disables quotes.
        escape: Precedes a character that quotes cannot protect.
        double_quote: Whether to double a quote within quotes; otherwise it needs an escape.
        quote_all: Whether to quote every field.
        line_end: Ends each record.
        encoding: The encoding of the text, by its name in Python.
    """

    def __init__(  # noqa: PLR0917 - one argument for each option
        self,
        header: bool = True,
        columns: Annotated[list[str], Meta(min_length=1)] | None = None,
        dialect: Name = "excel",
        delimiter: Character | None = None,
        quote: Annotated[str, Meta(max_length=1)] | None = None,
        escape: Character | None = None,
        double_quote: bool | None = None,
        quote_all: bool | None = None,
        line_end: Literal["\r\n", "\n", "\r"] | None = None,
        encoding: str = "utf-8",
    ) -> None:
        """Start a stream.

        Raises:
            ConfigError: The encoding is unknown, characters conflict, or two columns have the same name.
        """
        if columns is not None and len({*columns}) < len(columns):
            message = f"Two columns have the same name: {', '.join(columns)}. Name each once."
            raise ConfigError(message)
        quoting = {True: csv.QUOTE_ALL, False: csv.QUOTE_MINIMAL, None: None}[quote_all]
        found = dialect_of(
            dialect,
            delimiter=delimiter,
            quotechar=quote,
            escapechar=escape,
            doublequote=double_quote,
            quoting=quoting,
        )
        self._end = line_end or found.lineterminator
        # The writer quotes only the characters of its own line end, and both \r and \n need quotes.
        self._write = csv.writer(_Passing(), found, lineterminator=_LINE_END).writerow
        self._text = PlainEncoder(delimiter="", encoding=encoding)
        self.content_type = self._text.content_type.replace("text/plain", "text/csv")
        self._columns = columns
        self._chosen = columns is not None
        self._header = header

    def resume(self, beginning: bytes = b"") -> None:  # noqa: ARG002
        """Write no header and no byte order mark: the stream has them."""
        self._header = False
        self._text.resume()

    def encode(self, value: Any) -> bytes:
        """Return a record; before the first, also the header.

        Raises:
            InvalidData: The value is not a record, or has a character that cannot be written.
        """
        columns = self._columns
        if isinstance(value, dict):
            columns = [*value] if columns is None else columns
            fields = self._pick(value, columns)
        elif isinstance(value, (list, tuple)):
            fields = [*value]
        else:
            found = type(value).__name__
            message = f"A payload of type {found} is not a CSV record: make it a mapping or a list."
            raise InvalidData(message)
        _check(fields, columns)
        records = [columns, fields] if self._header and columns is not None else [fields]
        written = self._text.encode("".join(map(self._line, records)))
        self._header, self._columns = False, columns
        return written

    def _pick(self, value: dict[Any, Any], columns: list[Any]) -> list[Any]:
        """Return the fields of a mapping in the order of the columns."""
        if not self._chosen and (others := value.keys() - {*columns}):
            message = (
                f"There is no column for {', '.join(sorted(map(str, others)))}: the first record did not have"
                " it. Name all columns in 'columns'."
            )
            raise InvalidData(message)
        return [value.get(column) for column in columns]

    def _line(self, fields: list[Any]) -> str:
        try:
            text: str = self._write(map(_text_of, fields))
        except csv.Error as error:
            message = f"The record cannot be written: {error}. Allow quotes, or give 'escape'."
            raise InvalidData(message) from error
        return text.removesuffix(_LINE_END) + self._end


def _check(fields: list[Any], columns: list[Any] | None) -> None:
    if not fields:
        message = "The payload is empty, but a CSV record has at least one field."
        raise InvalidData(message)
    if columns is not None and len(fields) != len(columns):
        message = (
            f"The payload has {len(fields)} items, but there are {len(columns)} columns: make them agree."
        )
        raise InvalidData(message)


def _text_of(value: Any) -> str:
    """Return a field as text: null is empty, and everything except texts is JSON."""
    if isinstance(value, str):
        return value
    return "" if value is None else to_json(value).decode().strip('"')
