"""Record: a value with its place in a source; Records makes them of the bytes of one source."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wishbone_input_file.line import LineDecoder

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from wishbone.codec import Decoder


class Record:
    """A line or another value. Two records are never equal, so a checkpointer can track them."""

    __slots__ = ("attempts", "end", "number", "offset", "value")

    def __init__(self, value: Any, number: int, offset: int, end: int) -> None:
        """Describe a record.

        Args:
            value: The value that the decoder returned, or a `BadFrame`.
            number: Its number in the source, from 1.
            offset: Bytes of text before it; with another decoder than that of lines, the bytes that were read
                when it was complete.
            end: Bytes of text before the next one.
        """
        self.value = value
        self.number = number
        self.offset = offset
        self.end = end
        self.attempts = 0


class Records:
    """Makes records of the blocks of one source, and drops those that an earlier run has delivered."""

    def __init__(self, decoder: Decoder, settled: int = 0) -> None:
        """Start in a source.

        Args:
            decoder: Decodes the source: lines from where its offset is, others from the beginning.
            settled: How many records an earlier run has delivered.
        """
        self._decoder = decoder
        self._lines = decoder if isinstance(decoder, LineDecoder) else None
        self._settled = settled
        self._number = 0 if self._lines is None else self._lines.number
        self._end = self._read = 0 if self._lines is None else self._lines.offset

    @property
    def unfinished(self) -> int:
        """Bytes of a record whose end has not come yet, if the decoder can tell."""
        return 0 if self._lines is None else self._lines.unfinished

    @property
    def unfinished_text(self) -> str:
        """What is kept of such a record, if the decoder can tell."""
        return "" if self._lines is None else self._lines.unfinished_text

    def decode(self, block: bytes) -> Iterator[Record]:
        """Return the records that a block completes."""
        self._read += len(block)
        return self._records(self._decoder.decode(block))

    def flush(self) -> Iterator[Record]:
        """Return the records that are left at the end of the source."""
        return self._records(self._decoder.flush())

    def flush_complete(self) -> Iterator[Record]:
        """Return an unfinished line; the rest of it may still come."""
        return iter(()) if self._lines is None else self._records(self._lines.flush_complete())

    def skip(self, block: bytes) -> None:
        """Drop the records that a block completes."""
        if self._lines is None:
            for _ in self.decode(block):
                pass
        else:
            self._lines.skip(block)
            self._number, self._end = self._lines.number, self._lines.offset

    def mark(self) -> Record:
        """Return an empty record where the next one begins: the position to start from."""
        return Record(None, max(self._number, self._settled), self._end, self._end)

    def _records(self, values: Iterable[Any]) -> Iterator[Record]:
        lines = self._lines
        if lines is None:
            return self._count(values)
        records = []
        if lines.places is None:
            number, offset = lines.first, lines.begin
            for value, end in zip(values, lines.ends, strict=True):
                records.append(Record(value, number, offset, end))
                number += 1
                offset = end
        else:
            for value, (number, offset), end in zip(values, lines.places, lines.ends, strict=True):
                records.append(Record(value, number, offset, end))
        self._number, self._end = lines.number, lines.offset
        return iter(records)

    def _count(self, values: Iterable[Any]) -> Iterator[Record]:
        """Yield what was not delivered before, one by one: a block may have a great many values."""
        self._end = end = self._read
        for value in values:
            self._number += 1
            if self._number > self._settled:
                yield Record(value, self._number, end, end)
