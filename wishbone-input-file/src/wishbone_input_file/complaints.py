"""Complaints: logs a problem of a file once, not at every poll."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from wishbone.logging import Logging


class Complaints:
    """Remembers what was logged last about each path."""

    def __init__(self, logging: Logging) -> None:
        """Remember nothing yet.

        Args:
            logging: Where problems are logged.
        """
        self._logging = logging
        self._last: dict[str, str] = {}

    def warn(self, path: str, problem: str) -> None:
        """Log a warning about a path, unless it was logged last time."""
        self._log(path, problem, self._logging.warning)

    def error(self, path: str, problem: str) -> None:
        """Log an error about a path, unless it was logged last time."""
        self._log(path, problem, self._logging.error)

    def is_new(self, path: str, problem: str) -> bool:
        """Return whether a problem of a path was not the last one, and remember it."""
        before = self._last.get(path)
        self._last[path] = problem
        return before != problem

    def clear(self, path: str) -> None:
        """Forget a problem that has gone."""
        self._last.pop(path, None)

    def _log(self, path: str, problem: str, log: Callable[[str], object]) -> None:
        if self.is_new(path, problem):
            log(f"{path!r} {problem}.")
