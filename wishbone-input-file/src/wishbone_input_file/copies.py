"""Copies: knows which files may be copies that are still being written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wishbone import clock

if TYPE_CHECKING:
    from collections.abc import Container, Iterable

    from wishbone_input_file.offset import OffsetStore
    from wishbone_input_file.tail import Identity, Tail

COPY_SECONDS = 2.0
"""Seconds without growth after which a file that begins like a known one is not a copy of it."""


class Copies:
    """Watches new files that begin like known ones."""

    def __init__(self, offsets: OffsetStore) -> None:
        """Watch nothing yet."""
        self._offsets = offsets
        self._growing: dict[Identity, tuple[int, float]] = {}

    def may_grow(self, tail: Tail, present: Container[Identity], others: Iterable[Tail]) -> bool:
        """Return whether to wait with a file: it is empty, or may be a copy that is still being written.

        Args:
            tail: The file.
            present: The files that exist under the paths to read.
            others: The files that are open.

        Raises:
            OSError: The file cannot be read.
        """
        size = tail.size
        if not size:
            return True
        if not self._offsets.may_be_incomplete(tail, present, others):
            self._growing.pop(tail.identity, None)
            return False
        before, since = self._growing.get(tail.identity, (0, 0.0))
        if size != before:
            since = clock.monotonic()
            self._growing[tail.identity] = size, since
        return clock.monotonic() - since < COPY_SECONDS
