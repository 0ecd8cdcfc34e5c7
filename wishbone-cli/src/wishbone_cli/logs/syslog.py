"""Syslog: sends messages to the local syslog, and never waits for it."""

from __future__ import annotations

import errno
import os
from collections import deque
from socket import AF_UNIX, SOCK_DGRAM, SOCK_STREAM
from time import localtime
from typing import TYPE_CHECKING

from wishbone_cli.server.unpatched import socket

if TYPE_CHECKING:
    from collections.abc import Sequence

SYSLOG_SOCKETS = ("/dev/log", "/var/run/syslog")
"""The sockets of a local syslog: on Linux, on macOS."""

MAX_PENDING_BYTES = 4 * 1024 * 1024
"""Bytes of messages that are kept while syslog does not take them; further ones are dropped and counted."""

FACILITY_DAEMON = 3 << 3
WARNING = 4
MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]


class Syslog:
    """Sends messages as syslog(3) does, which blocks the whole process when syslog does not read.

    Here a message that is not taken at once waits in memory. Each write and each flush tries again, on a new
    connection if syslog was restarted.
    """

    def __init__(self, paths: Sequence[str]) -> None:
        """Connect at the first message.

        Args:
            paths: Its sockets, of which the first that takes a connection is used.
        """
        self.lost = 0
        self._paths = paths
        self._pending: deque[bytes] = deque()
        self._pending_bytes = 0
        self._socket: socket | None = None
        self._end = b""
        self._sent = 0

    def write(self, severity: int, text: str) -> None:
        """Send a message now or later; drop and count it if too many wait already."""
        self.flush()
        message = _format(severity, text)
        if self._pending_bytes + len(message) > MAX_PENDING_BYTES:
            self.lost += 1
            return
        self._append(message)
        self.flush()

    def flush(self) -> bool:
        """Send the messages that wait; return whether syslog has taken them all, or does not exist."""
        while self._pending:
            if not self._send(self._pending[0]):
                return self._socket is None
            self._pending_bytes -= len(self._pending.popleft())
            self._sent = 0
            if self.lost and not self._pending:
                self._append(_format(WARNING, f"{self.lost} logs were lost: syslog did not take them."))
                self.lost = 0
        return True

    def close(self) -> None:
        """Drop what waits, and close the connection."""
        self._pending.clear()
        self._disconnect()

    def _append(self, message: bytes) -> None:
        self._pending.append(message)
        self._pending_bytes += len(message)

    def _send(self, message: bytes) -> bool:
        """Send a message, or what is left of it; return whether syslog has taken all of it."""
        if self._send_once(message):
            return True
        if self._end and self._socket is not None:  # a full stream goes on where it was
            return False
        # Syslog was restarted, perhaps while a process that hangs still holds the old socket.
        self._disconnect()
        return self._connect() and self._send_once(message)

    def _send_once(self, message: bytes) -> bool:
        if self._socket is None:
            return False
        whole = message + self._end
        try:
            while self._sent < len(whole):
                self._sent += self._socket.send(whole[self._sent :])
        except OSError as error:
            if error.errno == errno.EMSGSIZE:
                self.lost += 1
                return True
            if error.errno not in {errno.EAGAIN, errno.ENOBUFS}:
                self._disconnect()
            return False
        return True

    def _connect(self) -> bool:
        for path in self._paths:
            for kind, end in ((SOCK_DGRAM, b""), (SOCK_STREAM, b"\0")):
                connection = socket(AF_UNIX, kind)
                connection.setblocking(False)
                try:
                    connection.connect(path)
                except OSError:
                    connection.close()
                else:
                    self._socket, self._end = connection, end
                    return True
        return False

    def _disconnect(self) -> None:
        if self._socket is not None:
            self._socket.close()
        self._socket, self._sent = None, 0


def _format(severity: int, text: str) -> bytes:
    now = localtime()
    stamp = f"{MONTHS[now.tm_mon - 1]} {now.tm_mday:2} {now.tm_hour:02}:{now.tm_min:02}:{now.tm_sec:02}"
    priority = FACILITY_DAEMON | min(max(severity, 0), 7)
    return f"<{priority}>{stamp} wishbone[{os.getpid()}]: {text}".encode(errors="backslashreplace")
