"""FileDiscovery: finds the files that paths and patterns match."""

from __future__ import annotations

import glob
import os
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from wishbone.error import ConfigError
from wishbone_input_file.complaints import Complaints
from wishbone_input_file.tail import identify

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wishbone.logging import Logging
    from wishbone_input_file.tail import Identity


class FileDiscovery:
    """Finds files by paths and glob patterns, and identifies them by device and inode."""

    def __init__(self, patterns: Sequence[str], logging: Logging, exclude: Sequence[str] = ()) -> None:
        """Find nothing yet. A path that exists is not used as a pattern.

        Args:
            patterns: Paths and glob patterns.
            logging: Where problems are logged.
            exclude: Patterns of names, or with a slash of paths, that are not wanted.
        """
        self.patterns = patterns
        self._exclude = exclude
        self.complaints = Complaints(logging)
        self._logging = logging
        self._missing: set[str] = set()
        self._matches: dict[str, list[str]] = {}

    def check(self) -> None:
        """Check that each path can be read now.

        Raises:
            ConfigError: A path is missing, is not a file, or must not be read.
        """
        for pattern in self.patterns:
            paths = _match(pattern)
            if not paths:
                message = (
                    f"There is no file {pattern!r}: correct 'path', or give 'follow: true' to wait for it."
                )
                raise ConfigError(message)
            for path in filter(self._wants, paths):
                if not os.path.isfile(path) or not os.access(path, os.R_OK):  # noqa: PTH113 - paths stay as written
                    message = f"{path!r} is not a file that can be read: correct 'path', or its permissions."
                    raise ConfigError(message)

    def find(self) -> dict[Identity, str]:
        """Return the files that exist now, each with the first path that matches it."""
        found: dict[Identity, str] = {}
        for pattern in self.patterns:
            paths = self._list(pattern)
            self._note_missing(pattern, missing=not paths)
            for path in filter(self._wants, paths):
                try:
                    # Other things are not even opened: to the writer of a named pipe, that is a reader.
                    found.setdefault(identify(path, os.stat(path)), path)  # noqa: PTH116 - paths stay as written
                except OSError as error:
                    self.complaints.warn(path, f"cannot be read: {error.strerror or error}")
        return found

    def _list(self, pattern: str) -> list[str]:
        """Return what a pattern matches; what it matched last, if its folder cannot be listed now."""
        if not glob.has_magic(pattern):
            return _match(pattern)
        try:
            # glob hides this error, and would return nothing: the files would be taken for gone.
            os.scandir(_folder(pattern)).close()
        except FileNotFoundError:
            pass
        except OSError as error:
            self.complaints.warn(pattern, f"cannot be searched: {error.strerror or error}")
            return self._matches.get(pattern, [])
        self.complaints.clear(pattern)
        self._matches[pattern] = found = _match(pattern)
        return found

    def _wants(self, path: str) -> bool:
        name = os.path.basename(path)  # noqa: PTH119 - paths stay as written
        return not any(fnmatchcase(path if "/" in pattern else name, pattern) for pattern in self._exclude)

    def _note_missing(self, pattern: str, *, missing: bool) -> None:
        if not missing:
            self._missing.discard(pattern)
        elif pattern not in self._missing:
            self._missing.add(pattern)
            self._logging.warning(f"{pattern!r} does not exist yet; waiting for it.")


def _folder(pattern: str) -> str:
    """Return the folder before the first wildcard."""
    folder = pattern
    while glob.has_magic(folder):
        folder = os.path.dirname(folder)  # noqa: PTH120 - paths stay as written
    return folder or "."


def _match(pattern: str) -> list[str]:
    if os.path.exists(pattern):  # noqa: PTH110 - paths stay as written
        return [pattern]
    return sorted(glob.glob(pattern, recursive=True))  # noqa: PTH207 - paths stay as written
