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
    """What a writer of Python's csv writes to: it hands the text back, and the writer does too."""

    def write(self, text: str) -> str:
        return text


class CsvEncoder(Encoder):
    r"""Writes a record of CSV for each mapping or list, and once, before the first, the names of the columns.

    The columns are those of the first mapping, unless they are given. Null is an empty field, and a mapping
    or a list within a field is JSON.

        modules:
          input:
            module: wishbone.input.generator
            arguments: {payload: {user: ada, id: 5, note: "a; b"}, count: 3}
          stdout:
            module: wishbone.output.stdout
            arguments: {encoder: {csv: {columns: [id, user], delimiter: ";", line_end: "\n"}}}
        routingtable:
          - input.outbox -> stdout.inbox

    An event fails when its payload is neither a mapping nor a list, when a list has not as many items as
    there are columns, when a mapping has a key that the first had not (with `columns`, it is left out), and
    when the dialect or the encoding has nothing for a character.

    Args:
        header: Whether to write the names of the columns.
        columns: Which keys to write, in which order.
        dialect: `excel` (commas, quotes doubled, `\r\n`), `excel-tab` or `unix` (everything quoted, `\n`):
            what is not given is as it is there.
        delimiter: What to write between two fields.
        quote: What to write around a field that needs it; nothing, where there are to be no quotes.
        escape: What to write before a character where quotes do not help.
        double_quote: Whether to double a quote within quotes; otherwise it needs an escape.
        quote_all: Whether to quote every field.
        line_end: What to write behind each record.
        encoding: How the text is encoded, by a name that Python knows.
    """

    def __init__(  # noqa: PLR0917 - a codec has as many arguments as it has options
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
        """Begin at the beginning of a stream.

        Raises:
            ConfigError: There is no such encoding, the characters do not go together, or two columns have
                the same name.
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
        # The writer quotes what is in its own line end only: each of the two characters needs quotes.
        self._write = csv.writer(_Passing(), found, lineterminator=_LINE_END).writerow
        self._text = PlainEncoder(delimiter="", encoding=encoding)
        self.content_type = self._text.content_type.replace("text/plain", "text/csv")
        self._columns = columns
        self._chosen = columns is not None
        self._header = header

    def resume(self) -> None:
        """Write no names of columns, and no byte order mark: they stand at the beginning."""
        self._header = False
        self._text.resume()

    def encode(self, value: Any) -> bytes:
        """Return a record; before the first, also the names of the columns.

        Raises:
            InvalidData: The value is no record, or has a character that cannot be written.
        """
        columns = self._columns
        if isinstance(value, dict):
            columns = [*value] if columns is None else columns
            fields = self._pick(value, columns)
        elif isinstance(value, (list, tuple)):
            fields = [*value]
        else:
            found = type(value).__name__
            message = f"A payload of type {found} is no record of CSV: make a mapping or a list of it."
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
                f"The payload has {', '.join(sorted(map(str, others)))}, for which there is no column: the"
                " first record had none. Name all columns in 'columns'."
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
        message = "The payload is empty, and a record of CSV has at least one field."
        raise InvalidData(message)
    if columns is not None and len(fields) != len(columns):
        message = (
            f"The payload has {len(fields)} items, and there are {len(columns)} columns: make them agree."
        )
        raise InvalidData(message)


def _text_of(value: Any) -> str:
    """Return a field as text: null is empty, and what is no text is as JSON has it."""
    if isinstance(value, str):
        return value
    return "" if value is None else to_json(value).decode().strip('"')
