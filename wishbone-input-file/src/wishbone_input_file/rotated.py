"""RotatedFiles: watches renamed files that were read to their end, because their writer may come late."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wishbone.logging import Logging
    from wishbone_input_file.tail import Identity, Tail

MAX_OPEN = 16
"""Renamed files that are kept open: as long as one is, a removed file takes disk space."""


class RotatedFiles:
    """Keeps the last renamed files open, and finds those that grow."""

    def __init__(self, logging: Logging) -> None:
        """Watch nothing yet; `logging` gets a warning for each file that grows."""
        self.tails: dict[Identity, Tail] = {}
        self._logging = logging

    def add(self, tail: Tail) -> None:
        """Watch a file instead of closing it."""
        self.tails[tail.identity] = tail
        while len(self.tails) > MAX_OPEN:
            self.discard(next(iter(self.tails)))

    def discard(self, identity: Identity) -> None:
        """Close a file if it is watched."""
        tail = self.tails.pop(identity, None)
        if tail is not None:
            tail.close()

    def take_grown(self) -> list[Tail]:
        """Return the files that have grown, and watch them no more."""
        grown = []
        for identity, tail in list(self.tails.items()):
            try:
                unread, removed = tail.unread, tail.removed
            except OSError:
                unread, removed = 0, True
            if unread > 0:
                del self.tails[identity]
                grown.append(tail)
                self._logging.warning(
                    f"{unread} bytes were written late to the renamed file {tail.label!r}. They are read,"
                    f" but only the last {MAX_OPEN} renamed files are watched: raise 'rotate_wait'."
                )
            elif removed:
                self.discard(identity)
        return grown

    def close(self) -> None:
        """Close all files."""
        for identity in list(self.tails):
            self.discard(identity)
