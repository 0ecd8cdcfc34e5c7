"""Local: takes a path, or an abstract name, as the address of a Unix socket."""

from __future__ import annotations

import errno
import os
import stat
from contextlib import suppress
from pathlib import Path

from gevent import socket

from wishbone.error import ConfigError
from wishbone_input_socket.listener import BACKLOG, prepared

LONGEST = 107
"""Bytes of the longest address (unix(7))."""

PROBE_SECONDS = 1.0
"""Seconds that a socket found at the path may take to show whether somebody listens there."""


class LocalAddress:
    """Where a Unix socket is bound."""

    def __init__(self, path: str, kind: int, mode: int) -> None:
        """Note it.

        Args:
            path: A path, or an abstract name: `@` and a name.
            kind: `SOCK_STREAM` or `SOCK_DGRAM`.
            mode: Who may send there: the permissions of the path.

        Raises:
            ConfigError: The path is too long to be an address.
        """
        if len(os.fsencode(path)) > LONGEST:
            message = f"The 'path' {path!r} is too long: a socket's address has at most {LONGEST} bytes."
            raise ConfigError(message)
        self.path = path
        self.kind = kind
        self.mode = mode
        self._file: tuple[int, int] | None = None

    @property
    def abstract(self) -> bool:
        """Whether it is a name that no file system knows (Linux)."""
        return self.path.startswith("@")

    def bind(self) -> socket.socket:
        """Take the address, from a socket that somebody left behind if need be.

        Raises:
            ConfigError: It is in use, or not a socket, or the folder does not let anybody.
        """
        opened = socket.socket(socket.AF_UNIX, self.kind)
        try:
            return prepared(opened, lambda: self._take(opened))
        except OSError as error:
            message = (
                f"No socket can be made at 'path' {self.path!r}: {os.strerror(error.errno or 0)}. The folder"
                " must exist, and this process must be allowed to write to it."
            )
            raise ConfigError(message) from error

    def free(self) -> None:
        """Remove the path, if it still is the socket that was bound."""
        if self._file is None:
            return
        with suppress(OSError):
            if _identity(self.path) == self._file:
                Path(self.path).unlink()
        self._file = None

    def _take(self, opened: socket.socket) -> None:
        if self.abstract:
            self._bind(opened, f"\0{self.path[1:]}")
        else:
            self._remove_leftover()
            # The mode must be right from the first moment on: somebody may wait for the path.
            before = os.umask(0o777 & ~self.mode)
            try:
                self._bind(opened, self.path)
            finally:
                os.umask(before)
            self._file = _identity(self.path)
        if self.kind == socket.SOCK_STREAM:
            opened.listen(BACKLOG)

    def _bind(self, opened: socket.socket, address: str) -> None:
        try:
            opened.bind(address)
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise
            raise self._in_use() from error

    def _remove_leftover(self) -> None:
        """Remove a socket that nobody listens at any more.

        Raises:
            ConfigError: Somebody does, or the path is something else.
        """
        try:
            found = os.stat(self.path).st_mode  # noqa: PTH116 - a path is a text here
        except FileNotFoundError:
            return
        if not stat.S_ISSOCK(found):
            message = f"{self.path!r} is no socket, and is left alone: choose another 'path', or remove it."
            raise ConfigError(message)
        with socket.socket(socket.AF_UNIX, self.kind) as probe:
            probe.settimeout(PROBE_SECONDS)
            try:
                probe.connect(self.path)
            except ConnectionRefusedError:
                Path(self.path).unlink(missing_ok=True)
                return
            except OSError:
                pass  # somebody is there, and busy or not for everybody
        raise self._in_use()

    def _in_use(self) -> ConfigError:
        message = f"Another program or module listens at {self.path!r}: stop it, or choose another 'path'."
        return ConfigError(message)


def _identity(path: str) -> tuple[int, int]:
    found = os.stat(path)  # noqa: PTH116 - a path is a text here
    return found.st_dev, found.st_ino
