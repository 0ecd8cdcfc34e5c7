"""Record: a value that a decoder made of a source; and RecordSplitter, which tells which one it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wishbone_input_file.line import Line

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from wishbone.arguments import DecoderFactory


class Record(Line):
    """One value, or the bad frame in its place."""

    __slots__ = ("value",)

    noun = "Record"

    def __init__(self, value: Any, number: int, end: int) -> None:
        """Note a value.

        Args:
            value: What the decoder made.
            number: Which record of the source it is, counted from 1.
            end: How many bytes of text had been read when it was complete.
        """
        # What `Line` would note, without the call: there is one of these for each event.
        self.data = b""
        self.number = number
        self.offset = self.end = end
        self.excess = self.attempts = 0
        self.value = value


class RecordSplitter:
    """Makes records of blocks, and passes over those that an earlier run has settled.

    What a decoder makes of a file may depend on all that comes before: names of columns, quotes, what is
    compressed. So a file is read from its beginning again, and the values that are known are dropped.
    """

    def __init__(self, decoder: DecoderFactory, settled: int = 0) -> None:
        """Begin at the beginning of a source.

        Args:
            decoder: Makes the decoder.
            settled: How many records to pass over.
        """
        self.number = 0
        self.offset = 0
        self._decoder = decoder()
        self._settled = settled

    def split(self, block: bytes) -> Iterator[Record]:
        """Hand out the records that a block completes."""
        self.offset += len(block)
        return self._records(self._decoder.decode(block))

    def skip(self, block: bytes) -> None:
        """Pass over the records that a block completes."""
        for _ in self.split(block):
            pass

    def finish(self) -> Iterator[Record]:
        """Hand out what is left: nothing comes after it."""
        return self._records(self._decoder.flush())

    @property
    def unfinished(self) -> int:
        """How many bytes of a record have come whose end has not: only the decoder knows."""
        return 0

    def mark(self) -> Line:
        """Return an empty record where the next one begins: the position to start from."""
        return Record(None, max(self.number, self._settled), self.offset)

    def _records(self, values: Iterable[Any]) -> Iterator[Record]:
        for value in values:
            self.number += 1
            if self.number > self._settled:
                yield Record(value, self.number, self.offset)
