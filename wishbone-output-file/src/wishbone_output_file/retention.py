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
from wishbone_output_file.rotated_name import group_rotated

if TYPE_CHECKING:
    from wishbone.actor import Actor
    from wishbone_output_file.archive import Compression
    from wishbone_output_file.path_template import FilePath


PAUSE_SECONDS = 0.5
"""Seconds between two passes over the folders."""


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
                due, self._due = self._due, {}
                self._apply(self._pool, list(due))
            # Payloads can name thousands of files in one folder, which is listed for all that are due.
            self.actor.sleep(PAUSE_SECONDS)

    def close(self) -> None:
        """Stop at the next block; the next start does the rest."""
        self._closed = True
        self._due.clear()
        if self._pool is not None:
            self._pool.maxsize = 0

    def _apply(self, pool: ThreadPool, paths: list[FilePath]) -> None:
        folders: dict[tuple[str, tuple[str, ...]], list[FilePath]] = {}
        for path in paths:
            # A trusted path may be a link, so its folder is known only when it is opened.
            folders.setdefault((path.path if path.trusted else path.base, path.names[:-1]), []).append(path)
        for group in folders.values():
            arguments = (self._keep, self._compression, lambda: self._closed)
            errors: list[tuple[FilePath, OSError]] = pool.apply(_apply_in, (group, *arguments))
            for path, error in errors:
                self.actor.logging.error(
                    f"The rotated files of {path.path!r} cannot be compressed or removed: {error}. The next"
                    " rotation tries again."
                )


def _apply_in(paths: list[FilePath], *arguments: Any) -> list[tuple[FilePath, OSError]]:
    """Work on the rotated files of files in one folder.

    Returns:
        The errors, because gevent prints what a thread raises.
    """
    errors: list[tuple[FilePath, OSError]] = []
    try:
        folder, name = open_folder(paths[0])
    except OSError as error:
        return [] if isinstance(error, FileNotFoundError) else [(paths[0], error)]
    try:
        rotated = group_rotated(os.listdir(folder))  # noqa: PTH208 - a descriptor
        for path in paths:
            try:
                maintain(folder, rotated.get(name if path.trusted else path.names[-1], []), *arguments)
            except OSError as error:
                errors.append((path, error))
    except OSError as error:
        errors.append((paths[0], error))
    finally:
        os.close(folder)
    return errors
