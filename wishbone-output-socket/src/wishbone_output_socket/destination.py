"""Destination: one peer, and the connection to it, which is opened again whenever it is lost."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

import gevent

from wishbone import clock
from wishbone.diagnostics.describe import describe
from wishbone_output_socket.pause import Pause

if TYPE_CHECKING:
    from collections.abc import Callable

    from wishbone.actor import Actor
    from wishbone_output_socket.connection import Connection

STABLE_SECONDS = 60.0
"""How long a connection must have lasted for the next one to be opened without a pause."""


class Destination:
    """A peer. Connecting never keeps the events waiting that another one could take."""

    def __init__(
        self, actor: Actor, name: str, connect: Callable[[], Connection], connected: Callable[[], object]
    ) -> None:
        """Prepare it.

        Args:
            actor: The module.
            name: What logs call it.
            connect: Opens a connection, or raises an `OSError`.
            connected: Called when there is a connection.
        """
        self.name = name
        self.connection: Connection | None = None
        self.error: Exception | None = None
        self._actor = actor
        self._connect = connect
        self._connected = connected
        self._pause = Pause()
        self._since = 0.0
        self._greenlet: gevent.Greenlet[..., Any] | None = None

    def start(self) -> None:
        """Connect, in the background."""
        self._greenlet = gevent.spawn(self._open, 0.0)

    def lose(self, connection: Connection, error: Exception) -> None:
        """Let go of a connection, and open another one in the background.

        Args:
            connection: Which one: another greenlet may have found out before.
            error: What became of it.
        """
        if self.connection is not connection:
            return
        connection.close()
        self.connection = None
        self.error = error
        if clock.monotonic() - self._since >= STABLE_SECONDS:
            self._pause.reset()
            pause = 0.0
        else:
            pause = self._pause.grow()
        self._actor.logging.notice(
            f"The connection to {self.name} was lost, it is opened again in {pause:.1f} s: {error}"
        )
        self._greenlet = gevent.spawn(self._open, pause)

    def check(self) -> None:
        """Notice that the peer has gone, although nothing is to be sent."""
        connection = self.connection
        if connection is not None:
            try:
                connection.check()
            except OSError as error:
                self.lose(connection, error)

    def close(self) -> None:
        """End the connection in order, if there is one, and open none any more."""
        if self._greenlet is not None:
            self._greenlet.kill()
        if self.connection is not None:
            with suppress(OSError):  # it is no more
                self.connection.end()
            self.connection = None

    def _open(self, pause: float) -> None:
        while not pause or self._actor.sleep(pause):
            try:
                connection = self._connect()
            except Exception as error:  # noqa: BLE001 - whatever it is, it is logged and tried again
                pause = self._pause.grow()
                self._complain(error, pause)
            else:
                self.connection = connection
                self._since = clock.monotonic()
                self._actor.logging.info(f"Connected to {self.name}.")
                self._connected()
                return

    def _complain(self, error: Exception, pause: float) -> None:
        self.error = error
        reason = str(error) if isinstance(error, OSError) else describe(error)
        self._actor.logging.warning(f"{self.name} cannot be reached, next attempt in {pause:.1f} s: {reason}")
