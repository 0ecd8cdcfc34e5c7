"""CsvDecoder: makes a mapping or a list of each record."""

from __future__ import annotations

import csv
import re
from typing import TYPE_CHECKING, Annotated, Any

from msgspec import Meta

from wishbone.codec import BadFrame, Decoder
from wishbone.codecs.text import TextSplitter
from wishbone.error import InvalidData
from wishbone_codec_csv.columns import Columns
from wishbone_codec_csv.dialect import Character, Name, dialect_of
from wishbone_codec_csv.record import Record, RecordSplitter, as_bytes

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["CsvDecoder"]

_LARGEST_FIELD = (1 << 31) - 1
"""The largest limit that Python's csv accepts on every machine."""

_SURROGATE = re.compile("[\udc80-\udcff]")
"""What `surrogateescape` returns for a byte that is not valid in the encoding."""


class CsvDecoder(Decoder):
    r"""Makes a mapping of each CSV record, keyed by the names of the columns; or a list.

    The first record names the columns, unless `columns` does. A record may span lines where a field is
    quoted. Empty lines are skipped. Fields are texts.

        modules:
          input:
            module: wishbone.input.file
            arguments: {path: /var/spool/orders.csv, decoder: {csv: {delimiter: ";", encoding: latin-1}}}
          stdout:
            module: wishbone.output.stdout
        routingtable:
          - input.outbox -> stdout.inbox

    A record fails when it is too long, when its bytes are not valid in the encoding, when it has more or
    fewer fields than there are columns, and when the stream ends in the middle of it. If the header fails,
    so do all other records. A record that is too long because a quote was not closed ends with the line of
    that quote, if three lines after it are records with the right number of fields.

    Args:
        header: Whether the first record names the columns. Without it and without `columns` each record is
            a list.
        columns: The names of the columns. If `header` is set too, the first record is skipped.
        dialect: Defaults for the options below: `excel` (commas, quotes doubled), `excel-tab` or `unix`.
        delimiter: Separates fields.
        quote: Encloses a field that contains delimiters or newlines. An empty text disables quotes.
        escape: Precedes a character that has no special meaning.
        double_quote: Whether a quote within quotes is doubled; otherwise it needs an escape.
        skip_initial_space: Whether spaces after a delimiter are skipped.
        strict: Whether a record with text after a closing quote fails.
        encoding: The encoding of the text, by its name in Python.
        max_size: Longest record in bytes.
        max_columns: Most fields of a record. The names of the columns are kept as long as the stream is open.
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
        skip_initial_space: bool | None = None,
        strict: bool = False,
        encoding: str = "utf-8",
        max_size: Annotated[int, Meta(ge=1)] = 1 << 20,
        max_columns: Annotated[int, Meta(ge=1)] = 1 << 14,
    ) -> None:
        """Start a stream.

        Raises:
            ConfigError: The encoding is unknown, characters conflict, or two columns have the same name.
        """
        self.max_size = max_size
        self._dialect = dialect_of(
            dialect,
            delimiter=delimiter,
            quotechar=quote,
            escapechar=escape,
            doublequote=double_quote,
            skipinitialspace=skip_initial_space,
            strict=strict,
        )
        # This limit belongs to the whole process; raising it only allows longer fields elsewhere.
        csv.field_size_limit(max(csv.field_size_limit(), min(max_size, _LARGEST_FIELD)))
        self._columns = Columns(header, columns, max_columns)
        # Invalid bytes are detected later, because the whole record fails, also if it spans lines.
        self._lines = TextSplitter("\n", encoding, max_size, "surrogateescape")
        self._records = RecordSplitter(
            self._dialect, max_size, len(columns or ()), lambda: self._lines.encoding
        )

    @property
    def skipped(self) -> int:
        """The NULs that were skipped."""
        return self._lines.skipped

    def decode(self, data: bytes) -> Iterable[Any]:
        """Return the values of the records that the bytes complete."""
        return self._values(self._lines.split(data))

    def flush(self) -> Iterable[Any]:
        """Return the value of a last record without a newline."""
        yield from self._values(self._lines.finish())
        records: list[Record] = []
        self._records.finish(records)
        yield from self._values_of_records(records)

    def _values(self, lines: list[str | BadFrame]) -> Iterator[Any]:
        if (rows := self._rows_of_lines(lines)) is not None:
            self._records.learn(rows)
            yield from self._columns.values(rows, lambda at: self._as_came([lines[at]]))  # type: ignore[list-item]
            return
        records: list[Record] = []
        for line in lines:
            self._records.add(line, records)
        yield from self._values_of_records(records)

    def _values_of_records(self, records: list[Record]) -> Iterator[Any]:
        if (rows := self._rows_of_records(records)) is not None:
            yield from self._columns.values(rows, lambda at: self._as_came(records[at]))  # type: ignore[arg-type]
        else:
            for record in records:
                yield from self._value(record)

    def _as_came(self, lines: list[str]) -> bytes:
        return as_bytes(lines, self._lines.encoding)

    def _rows_of_lines(self, lines: list[str | BadFrame]) -> list[list[str]] | None:
        """Read lines that are each a record, all at once; return None if one may not be."""
        try:
            text = "\n".join(lines)  # type: ignore[arg-type]
            if self._records.simple(text) and not _undecodable(text):
                return [*csv.reader(lines, self._dialect)]  # type: ignore[arg-type]
        except (TypeError, csv.Error):
            pass
        return None

    def _rows_of_records(self, records: list[Record]) -> list[list[str]] | None:
        """Read records all at once; return None if one is bad."""
        try:
            # The reader needs the newlines within quotes.
            lines = [f"{line}\n" for record in records for line in record]  # type: ignore[union-attr]
            rows = [*csv.reader(lines, self._dialect)]
        except (TypeError, csv.Error):
            return None
        return None if len(rows) != len(records) or _undecodable("".join(lines)) else rows

    def _value(self, record: Record) -> Iterator[Any]:
        if isinstance(record, BadFrame):
            self._columns.miss()
            yield record
            return
        text = "\n".join(record)
        try:
            if _undecodable(text):
                message = f"its bytes are not {self._lines.encoding}: give the right 'encoding'"
                raise csv.Error(message)  # noqa: TRY301 - reported like the others
            rows = [*csv.reader([f"{line}\n" for line in record], self._dialect)]
        except csv.Error as error:
            self._columns.miss()
            message = f"The record cannot be read: {error}."
            yield BadFrame(self._as_came(record), InvalidData(message))
        else:
            yield from self._columns.values(rows, lambda _: self._as_came(record))


def _undecodable(text: str) -> bool:
    """Return whether a text has bytes that are not valid in the encoding."""
    return not text.isascii() and _SURROGATE.search(text) is not None
