"""Destination: a peer, and the connection to it, which is opened again when it is lost."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

import gevent

from wishbone import clock
from wishbone.diagnostics.describe import describe
from wishbone.diagnostics.log_throttle import LogThrottle
from wishbone.diagnostics.outage import Outage
from wishbone.error import ConfigError
from wishbone_network import Backoff, parse_address, wrong_arguments

if TYPE_CHECKING:
    from collections.abc import Callable

    from wishbone.actor import Actor
    from wishbone_network import Address
    from wishbone_output_socket.connection import Connection

STABLE_SECONDS = 30.0
"""Seconds after which a connection that is lost is opened again without a delay."""


class Destination:
    """A peer. It connects in the background, so that events can go to another destination meanwhile."""

    backoff = Backoff()

    def __init__(
        self, actor: Actor, name: str, connect: Callable[[], Connection], connected: Callable[[], object]
    ) -> None:
        """Open nothing yet.

        Args:
            actor: The module.
            name: Its name in logs.
            connect: Opens a connection, or raises an `OSError`.
            connected: Called when there is a connection.
        """
        self.name = name
        self.connection: Connection | None = None
        self.error: Exception | None = None
        self._actor = actor
        self._connect = connect
        self._connected = connected
        self._outage = Outage(actor.logging)
        self._lost = LogThrottle(actor.logging.notice)
        self._failures = 0
        self._since = 0.0
        self._greenlet: gevent.Greenlet[..., Any] | None = None

    def start(self) -> None:
        """Connect in the background."""
        self._greenlet = gevent.spawn(self._open, 0.0)

    def disconnected(self, connection: Connection, error: Exception) -> None:
        """Close a connection that is lost, and open another one in the background.

        Args:
            connection: The connection; nothing happens if there is another one already.
            error: Why it is lost.
        """
        if self.connection is not connection:
            return
        connection.close()
        self.connection = None
        delay = 0.0
        if clock.monotonic() - self._since >= STABLE_SECONDS:
            self._failures = 0
            self.error = error
        else:
            delay = self._failed(error)
        self._lost.log(f"Lost the connection to {self.name}, reconnecting in {delay:.1f} s: {error}")
        self._greenlet = gevent.spawn(self._open, delay)

    def check(self) -> None:
        """Notice that the peer has closed the connection, although there is nothing to send."""
        connection = self.connection
        if connection is not None:
            try:
                connection.check()
            except OSError as error:
                self.disconnected(connection, error)

    def close(self) -> None:
        """End the connection in order, and open no other."""
        if self._greenlet is not None:
            self._greenlet.kill()
        if self.connection is not None:
            with suppress(OSError):  # it is lost
                self.connection.end()
            self.connection = None

    def _open(self, delay: float) -> None:
        while not delay or self._actor.sleep(delay):
            try:
                connection = self._connect()
            except Exception as error:  # noqa: BLE001 - it is logged, and connecting is tried again
                delay = self._failed(error)
                reason = str(error) if isinstance(error, OSError) else describe(error)
                self._outage.refused(f"Cannot reach {self.name}, next attempt in {delay:.1f} s: {reason}")
            else:
                self.connection = connection
                self._since = clock.monotonic()
                self._actor.logging.info(f"Connected to {self.name}.")
                self._outage.over(f"{self.name} can be reached again.")
                self._connected()
                return

    def _failed(self, error: Exception) -> float:
        """Count a failure, and return the delay before the next attempt."""
        self.error = error
        self._failures += 1
        return self.backoff.delay(self._failures)


def parse_destinations(module: str, destination: str | list[str]) -> list[Address]:
    """Parse one address or several: `host:port`, or `[address]:port` for an IPv6 address.

    Args:
        module: The name of the module instance.
        destination: The value of its argument.

    Raises:
        ConfigError: One of them is not an address.
    """
    texts = [destination] if isinstance(destination, str) else destination
    try:
        return [parse_address(text) for text in texts]
    except ConfigError as error:
        raise wrong_arguments(module, f"'destination': {error}") from None
