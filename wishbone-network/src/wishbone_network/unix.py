"""UnixAddress: a path, or an abstract name, that a Unix socket is bound to."""

from __future__ import annotations

import errno
import os
import stat
from contextlib import suppress
from pathlib import Path

from gevent import socket

from wishbone.error import ConfigError
from wishbone_network.listen import BACKLOG
from wishbone_network.options import close_on_error

LONGEST = 107
"""Bytes of the longest address (unix(7))."""

PROBE_SECONDS = 1.0
"""Seconds to find out whether a process listens on a socket that is at the path already."""


class UnixAddress:
    """The address of a Unix socket: a path, or an abstract name that begins with `@` (Linux)."""

    def __init__(self, path: str, kind: int, mode: int) -> None:
        """Check the path; `bind` creates the socket.

        Args:
            path: A path, or an abstract name: `@` and a name.
            kind: `SOCK_STREAM` or `SOCK_DGRAM`.
            mode: The permissions of the path; who may write may send.

        Raises:
            ConfigError: The path is too long.
        """
        if len(os.fsencode(path)) > LONGEST:
            message = f"The 'path' {path!r} is too long: the address of a socket has at most {LONGEST} bytes."
            raise ConfigError(message)
        self.path = path
        self.kind = kind
        self.mode = mode
        self._bound: tuple[int, int] | None = None

    def bind(self) -> socket.socket:
        """Return a socket that is bound to the address and, if it is a stream, listens.

        A socket at the path on which no process listens is replaced.

        Raises:
            ConfigError: The address is in use, the path is not a socket, or the folder is missing or
                not writable.
        """
        opened = socket.socket(socket.AF_UNIX, self.kind)
        try:
            with close_on_error(opened):
                if self.path.startswith("@"):
                    self._bind(opened, f"\0{self.path[1:]}")
                else:
                    self._bind_path(opened)
                if self.kind == socket.SOCK_STREAM:
                    opened.listen(BACKLOG)
        except OSError as error:
            message = (
                f"Cannot create a socket at 'path' {self.path!r}: {os.strerror(error.errno or 0)}. The folder"
                " must exist, and this process needs permission to write to it."
            )
            raise ConfigError(message) from error
        return opened

    def remove(self) -> None:
        """Remove the path, if it still is the socket that was bound."""
        if self._bound is None:
            return
        with suppress(OSError):
            if _identity(self.path) == self._bound:
                Path(self.path).unlink()
        self._bound = None

    def _bind_path(self, opened: socket.socket) -> None:
        self._remove_stale_socket()
        # The mode must be right from the first moment: a process may be waiting for the path.
        before = os.umask(0o777 & ~self.mode)
        try:
            self._bind(opened, self.path)
        finally:
            os.umask(before)
        self._bound = _identity(self.path)

    def _bind(self, opened: socket.socket, address: str) -> None:
        try:
            opened.bind(address)
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise
            raise self._in_use() from error

    def _remove_stale_socket(self) -> None:
        """Remove a socket on which no process listens.

        Raises:
            ConfigError: A process listens on it, or the path is not a socket.
        """
        try:
            found = os.stat(self.path).st_mode  # noqa: PTH116 - paths are texts here
        except FileNotFoundError:
            return
        if not stat.S_ISSOCK(found):
            message = (
                f"{self.path!r} is not a socket and was left alone: choose another 'path', or remove it."
            )
            raise ConfigError(message)
        with socket.socket(socket.AF_UNIX, self.kind) as probe:
            probe.settimeout(PROBE_SECONDS)
            try:
                probe.connect(self.path)
            except ConnectionRefusedError:
                Path(self.path).unlink(missing_ok=True)
                return
            except OSError:
                pass  # a process listens, but is busy or does not serve this user
        raise self._in_use()

    def _in_use(self) -> ConfigError:
        return ConfigError(
            f"Another program or module listens on {self.path!r}: stop it, or choose another 'path'."
        )


def _identity(path: str) -> tuple[int, int]:
    found = os.stat(path)  # noqa: PTH116 - paths are texts here
    return found.st_dev, found.st_ino
