"""Notifier: tells the service manager how the process does (sd_notify(3), without its library)."""

from __future__ import annotations

import os
import socket
from typing import TYPE_CHECKING

import click
import gevent

if TYPE_CHECKING:
    from collections.abc import Mapping

MICROSECONDS = 1_000_000


class Notifier:
    """Tells nothing where nobody wants to know: without the environment variable NOTIFY_SOCKET."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        """Read where to tell, and how often a sign of life is wanted.

        Args:
            environment: NOTIFY_SOCKET is a path, or an abstract address that begins with `@`;
                WATCHDOG_USEC is in microseconds, and meant for the process WATCHDOG_PID.
        """
        address = environment.get("NOTIFY_SOCKET", "")
        self.address = f"\0{address[1:]}" if address.startswith("@") else address
        meant = environment.get("WATCHDOG_PID", str(os.getpid())) == str(os.getpid())
        usec = environment.get("WATCHDOG_USEC", "")
        self.interval = int(usec) / MICROSECONDS / 2 if meant and usec.isdigit() else 0.0
        self._watchdog: gevent.Greenlet[..., object] | None = None
        self._stopping = False

    def ready(self) -> None:
        """Say that the pipeline runs, and from now on that it lives."""
        self._tell("READY=1")
        if self.address and self.interval:
            self._watchdog = gevent.spawn(self._live)

    def stopping(self) -> None:
        """Say, once, that the pipeline stops."""
        if not self._stopping:
            self._stopping = True
            self._tell("STOPPING=1")

    def close(self) -> None:
        """Say nothing more."""
        self.stopping()
        if self._watchdog is not None:
            self._watchdog.kill()

    def _live(self) -> None:
        while True:
            self._tell("WATCHDOG=1")
            gevent.sleep(self.interval)

    def _tell(self, state: str) -> None:
        if not self.address:
            return
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as connection:
                connection.connect(self.address)
                connection.sendall(state.encode())
        except OSError as error:
            click.echo(f"Warning: NOTIFY_SOCKET cannot be told {state}: {error}", err=True)
