"""Keeper: lets the archives be tidied in a thread, one after the other.

Compressing takes as long as a file is large, and removing a large file takes long, too: the hub does neither.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from gevent.event import Event as Flag
from gevent.threadpool import ThreadPool

from wishbone_output_file.archive import tidy
from wishbone_output_file.opening import open_folder

if TYPE_CHECKING:
    from wishbone.actor import Actor
    from wishbone_output_file.archive import Compression
    from wishbone_output_file.place import Place


class Keeper:
    """Keeps the list of files in whose folders there may be something to do."""

    def __init__(self, actor: Actor, keep: int | None, compression: Compression | None) -> None:
        """Note the terms.

        Args:
            actor: The module.
            keep: How many rotated files stay; None for all.
            compression: How they are compressed, if they are.
        """
        self.actor = actor
        self.keep = keep
        self.compression = compression
        # Places and no descriptors: while a large file is compressed, thousands of others may be opened.
        self._places: dict[Place, None] = {}
        self._due = Flag()
        self._pool: ThreadPool | None = None

    def look_at(self, place: Place) -> None:
        """Note a file that was opened or rotated."""
        self._places[place] = None
        self._due.set()

    def tidy(self) -> None:
        """Tidy up whenever there may be something to do, and at the end once more."""
        self._pool = self._pool or ThreadPool(1)
        while self.actor.loop() or self._places:
            self._due.wait()
            self._due.clear()
            while self._places:
                self._tidy_one()

    def wake(self) -> None:
        """Let it see that the module is to stop."""
        self._due.set()

    def close(self) -> None:
        """Let the thread end, and leave to the next start what is not done."""
        self._places.clear()
        if self._pool is not None:
            self._pool.maxsize = 0

    def _tidy_one(self) -> None:
        place, _ = self._places.popitem()
        assert self._pool is not None
        terms = (self.keep, self.compression, self._is_closing)
        error: OSError | None = self._pool.apply(_tidy, (place, *terms))
        if error is not None:
            self.actor.logging.error(
                f"What was rotated of {place.path!r} cannot be compressed or removed: {error}. The next"
                " rotation tries it again."
            )

    def _is_closing(self) -> bool:
        return self.actor.closing


def _tidy(place: Place, *terms: Any) -> OSError | None:
    """Tidy up where a file stands.

    Returns:
        What went wrong: gevent prints what a thread raises, and the log has it already.
    """
    try:
        folder, name = open_folder(place)
    except OSError as error:
        return None if isinstance(error, FileNotFoundError) else error
    try:
        tidy(folder, name, *terms)
    except OSError as error:
        return error
    finally:
        os.close(folder)
    return None
