"""IdleFiles: closes files that do not grow while too many are open, and knows when they have changed."""

from __future__ import annotations

from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING

from wishbone_input_file.tail import Tail

if TYPE_CHECKING:
    import os
    from collections.abc import Container

    from wishbone_input_file.offset import OffsetStore
    from wishbone_input_file.tail import Identity


class IdleFiles:
    """Files that were read to their end and closed. How far they were read is in the offset store."""

    def __init__(self, offsets: OffsetStore) -> None:
        """Close nothing yet, and limit nothing until `max_open` is set."""
        self.max_open: int | None = None
        """Descriptors that all modules of this process may use together."""
        self._offsets = offsets
        self._seen: dict[Identity, tuple[int, int]] = {}

    def make_room(self, tails: dict[Identity, Tail], *, keep_unfinished: bool) -> bool:
        """Close files that are idle if too many are open, and return whether another one may be opened.

        Args:
            tails: The open files; those that are closed are removed.
            keep_unfinished: Whether files whose last line is unfinished are not idle.
        """
        if self.max_open is None or Tail.open_total < self.max_open:
            return True
        idle = [tail for tail in tails.values() if _is_idle(tail, keep_unfinished=keep_unfinished)]
        for tail in sorted(idle, key=attrgetter("last_growth"))[: max(1, self.max_open // 4)]:
            self._seen[tail.identity] = _look(tail.status)
            self._offsets.keep(tail.state)
            tail.close()
            del tails[tail.identity]
        return Tail.open_total < self.max_open

    def is_unchanged(self, identity: Identity, path: str) -> bool:
        """Return whether a file was closed, and has not changed since."""
        seen = self._seen.get(identity)
        if seen is None:
            return False
        try:
            if _look(Path(path).stat()) == seen:
                return True
        except OSError:
            pass  # opening it reports the problem
        del self._seen[identity]
        return False

    def take_missing(self, present: Container[Identity]) -> bool:
        """Return whether closed files have left the paths to read, and watch those no more."""
        missing = [identity for identity in self._seen if identity not in present]
        for identity in missing:
            del self._seen[identity]
        return bool(missing)


def _is_idle(tail: Tail, *, keep_unfinished: bool) -> bool:
    if tail.finished or tail.renamed_at is not None or tail.pending:
        return False
    if keep_unfinished and tail.records.unfinished:
        return False
    try:
        return tail.unread == 0 and not tail.removed
    except OSError:
        return False


def _look(status: os.stat_result) -> tuple[int, int]:
    return status.st_size, status.st_mtime_ns
