"""Watch: finds the files that paths and patterns name, and keeps those that are open."""

from __future__ import annotations

import glob
import os
from typing import TYPE_CHECKING

from wishbone import clock
from wishbone.error import ConfigError
from wishbone_input_file.tail import Tail, identify

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from wishbone.logging import Logging
    from wishbone_input_file.framing import Framing
    from wishbone_input_file.tail import Identity


class Watch:
    """The files of a module, by what stays the same when they are renamed."""

    def __init__(self, patterns: Sequence[str], framing: Framing, logging: Logging) -> None:
        """Prepare it.

        Args:
            patterns: Paths and glob patterns.
            framing: How what they hold is cut.
            logging: Told, once each, of paths that are missing or cannot be read.
        """
        self.patterns = patterns
        self.framing = framing
        self.logging = logging
        self.tails: dict[Identity, Tail] = {}
        self._complaints: dict[str, str] = {}
        self._missing: set[str] = set()

    def find(self) -> dict[str, list[str]]:
        """Return, for each pattern, the paths that it names now. A path that exists is no pattern."""
        return {
            pattern: [pattern] if os.path.exists(pattern) else sorted(glob.glob(pattern, recursive=True))  # noqa: PTH110, PTH207 - paths stay as they were written
            for pattern in self.patterns
        }

    def check(self) -> None:
        """Make sure that each path can be read now.

        Raises:
            ConfigError: One is missing, is no file, or may not be read.
        """
        for pattern, paths in self.find().items():
            if not paths:
                message = (
                    f"There is no file {pattern!r}: correct 'path', or give 'follow: true' to wait for it."
                )
                raise ConfigError(message)
            for path in paths:
                if not os.path.isfile(path) or not os.access(path, os.R_OK):  # noqa: PTH113 - paths stay as written
                    message = f"{path!r} is no file that can be read: correct 'path', or its permissions."
                    raise ConfigError(message)

    def identities(self) -> dict[Identity, str]:
        """Return what is there now, and the first path that names it."""
        present: dict[Identity, str] = {}
        for pattern, paths in self.find().items():
            self._wait_for(pattern, found=bool(paths))
            for path in paths:
                identity = self._identify(path)
                if identity is not None:
                    present.setdefault(identity, path)
        return present

    def look(self) -> list[str]:
        """Look what is there now: note what was renamed or has gone.

        Returns:
            The paths of files that are not open yet.
        """
        present = self.identities()
        for identity, tail in self.tails.items():
            if identity in present:
                tail.return_to(present[identity])
            elif tail.left is None:
                tail.left = tail.grown = clock.monotonic()
        return [path for identity, path in present.items() if identity not in self.tails]

    def listed(self) -> list[Tail]:
        """Return the files that are known now: a list, which stays as it is while files come and go."""
        return list(self.tails.values())

    def open(self, path: str) -> Tail | None:
        """Open a file; log, once, if that cannot be done."""
        try:
            tail = Tail(path, self.framing)
        except OSError as error:
            self.complain(path, f"cannot be read: {error.strerror or error}")
            return None
        if tail.identity in self.tails:
            tail.close()
            return None
        self.tails[tail.identity] = tail
        return tail

    def complain(self, path: str, complaint: str, log: Callable[[str], object] | None = None) -> None:
        """Log what is wrong with a path, when it is not what was wrong before.

        Args:
            path: The file.
            complaint: What is wrong; nothing, if all is well.
            log: How to log it; as a warning, if it is not given.
        """
        if complaint and self._complaints.get(path, "") != complaint:
            (log or self.logging.warning)(f"{path!r} {complaint}.")
        if complaint:
            self._complaints[path] = complaint
        else:
            self._complaints.pop(path, None)

    def forget(self, tail: Tail) -> None:
        """Close a file that is done with."""
        tail.close()
        del self.tails[tail.identity]

    def _wait_for(self, pattern: str, *, found: bool) -> None:
        if found:
            self._missing.discard(pattern)
        elif pattern not in self._missing:
            self._missing.add(pattern)
            self.logging.warning(f"{pattern!r} is not there yet: waiting for it.")

    def _identify(self, path: str) -> Identity | None:
        try:
            # What is no file is not even opened: who writes to a named pipe would take us for its reader.
            return identify(path, os.stat(path))  # noqa: PTH116 - paths stay as they were written
        except OSError as error:
            self.complain(path, f"cannot be read: {error.strerror or error}")
            return None
