"""Retention: compresses and removes rotated files in a thread, for one file after the other.

Compressing and removing large files takes long: the hub must not do it.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from gevent.event import Event as Flag
from gevent.threadpool import ThreadPool

from wishbone_output_file.archive import maintain
from wishbone_output_file.open_file import open_folder

if TYPE_CHECKING:
    from wishbone.actor import Actor
    from wishbone_output_file.archive import Compression
    from wishbone_output_file.path_template import FilePath


class Retention:
    """Keeps a list of the files that may have rotated files to work on."""

    def __init__(self, actor: Actor, keep: int | None, compression: Compression | None) -> None:
        """Do nothing yet.

        Args:
            actor: The module.
            keep: How many rotated files to keep; None keeps all.
            compression: How to compress them, if at all.
        """
        self.actor = actor
        self._keep = keep
        self._compression = compression
        # Paths and no descriptors: while a large file is compressed, thousands of others may be opened.
        self._due: dict[FilePath, None] = {}
        self._wake = Flag()
        self._closed = False
        self._pool: ThreadPool | None = None

    def enqueue(self, path: FilePath) -> None:
        """Add a file that was opened or rotated."""
        self._due[path] = None
        self._wake.set()

    def run(self) -> None:
        """Work on each file that is added, until the module must stop and none is left."""
        self._pool = self._pool or ThreadPool(1)
        while self.actor.wait(self._wake) or self._due:
            self._wake.clear()
            while self._due:
                path, _ = self._due.popitem()
                self._apply(self._pool, path)

    def close(self) -> None:
        """Stop at the next block; the next start does the rest."""
        self._closed = True
        self._due.clear()
        if self._pool is not None:
            self._pool.maxsize = 0

    def _apply(self, pool: ThreadPool, path: FilePath) -> None:
        arguments = (self._keep, self._compression, lambda: self._closed)
        error: OSError | None = pool.apply(_apply_in, (path, *arguments))
        if error is not None:
            self.actor.logging.error(
                f"The rotated files of {path.path!r} cannot be compressed or removed: {error}. The next"
                " rotation tries again."
            )


def _apply_in(path: FilePath, *arguments: Any) -> OSError | None:
    """Work on the rotated files of a file; return the error, because gevent prints what a thread raises."""
    try:
        folder, name = open_folder(path)
    except OSError as error:
        return None if isinstance(error, FileNotFoundError) else error
    try:
        maintain(folder, name, *arguments)
    except OSError as error:
        return error
    finally:
        os.close(folder)
    return None
