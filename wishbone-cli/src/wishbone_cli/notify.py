"""Notifier: reports the state of the process to the service manager (sd_notify(3), without its library)."""

from __future__ import annotations

import os
import socket
from typing import TYPE_CHECKING

import gevent

from wishbone_cli.console import warn

if TYPE_CHECKING:
    from collections.abc import Mapping

MICROSECONDS = 1_000_000


class Notifier:
    """Reports readiness, life and stop; does nothing without the environment variable NOTIFY_SOCKET.

    Args:
        environment: NOTIFY_SOCKET is a path, or an abstract address that begins with `@`; WATCHDOG_USEC is
            in microseconds, and applies to the process WATCHDOG_PID.
    """

    def __init__(self, environment: Mapping[str, str]) -> None:
        """Read the address, and the interval of the watchdog."""
        address = environment.get("NOTIFY_SOCKET", "")
        self.address = f"\0{address[1:]}" if address.startswith("@") else address
        addressed = environment.get("WATCHDOG_PID", str(os.getpid())) == str(os.getpid())
        usec = environment.get("WATCHDOG_USEC", "")
        self.interval = int(usec) / MICROSECONDS / 2 if addressed and usec.isdigit() else 0.0
        self._watchdog: gevent.Greenlet[..., object] | None = None
        self._stopping = False

    def ready(self) -> None:
        """Report that the pipeline runs, and start the messages to the watchdog."""
        self._send("READY=1")
        if self.address and self.interval:
            self._watchdog = gevent.spawn(self._feed_watchdog)

    def stopping(self) -> None:
        """Report, once, that the pipeline stops."""
        if not self._stopping:
            self._stopping = True
            self._send("STOPPING=1")

    def close(self) -> None:
        """Report the stop if that has not happened, and end the messages to the watchdog."""
        self.stopping()
        if self._watchdog is not None:
            self._watchdog.kill()

    def _feed_watchdog(self) -> None:
        while True:
            self._send("WATCHDOG=1")
            gevent.sleep(self.interval)

    def _send(self, state: str) -> None:
        if not self.address:
            return
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as connection:
                # A service manager that hangs must not delay the stop.
                connection.setblocking(False)
                connection.connect(self.address)
                connection.send(state.encode())
        except OSError as error:
            warn(f"{state} cannot be sent to NOTIFY_SOCKET: {error}")
