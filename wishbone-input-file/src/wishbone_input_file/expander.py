"""Expander: expands what begins like gzip, and passes on everything else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wishbone.codecs.gzip import MAGIC, GzipExpander

if TYPE_CHECKING:
    from collections.abc import Iterator


class Expander:
    """Makes text of the bytes of one source, which is gzip or not: its first three bytes decide."""

    def __init__(self, *, expands: bool, skip: int = 0) -> None:
        """Start at the beginning of a source.

        Args:
            expands: False passes gzip on as it is.
            skip: Bytes of text to skip.
        """
        self._head: bytes | None = b"" if expands else None
        self._gzip: GzipExpander | None = None
        self._skip = skip

    def expand(self, block: bytes) -> Iterator[bytes]:
        """Yield the text of the next bytes: nothing while they are too few to decide.

        Raises:
            zlib.error: The source is damaged gzip.
        """
        if self._head is not None:
            block = self._head = self._head + block
            if len(block) < len(MAGIC) and MAGIC.startswith(block):
                return
            self._gzip = GzipExpander() if block.startswith(MAGIC) else None
            self._head = None
        for text in (block,) if self._gzip is None else self._gzip.expand(block):
            rest = text[self._skip :] if self._skip else text
            self._skip = max(0, self._skip - len(text))
            if rest:
                yield rest

    def flush(self) -> bytes:
        """Return text that was held back, at the end of the source.

        Raises:
            EOFError: The source is gzip and ends too early.
        """
        if self._gzip is not None and not self._gzip.complete:
            message = "it ends in the middle of compressed data"
            raise EOFError(message)
        head, self._head = self._head or b"", None
        return head
