"""CircuitBreaker: holds requests back from a server that is down, until one request shows that it is back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gevent.event import Event as Flag

from wishbone import clock

if TYPE_CHECKING:
    from wishbone.actor import Actor
    from wishbone_network import Backoff


class CircuitOpenError(ConnectionError):
    """The server is down, and requests are not to wait for it."""


class CircuitBreaker:
    """A circuit breaker at which requests wait while it is open.

    After some failures in a row, of any requests, it opens: no request is sent for a delay. Then one request,
    the probe, is sent, while the others still wait. If it succeeds, the circuit is closed again; if it fails,
    the next delay is longer. Libraries for circuit breakers fail the requests instead.
    """

    def __init__(self, actor: Actor, server: str, failures: int, backoff: Backoff, *, wait: bool) -> None:
        """Start with a closed circuit.

        Args:
            actor: The module.
            server: The name of the server in messages.
            failures: The number of failures in a row that opens the circuit; 0 for never.
            backoff: How long the circuit stays open.
            wait: Whether requests wait while the circuit is open; otherwise they fail.
        """
        self.server = server
        self._actor = actor
        self._limit = failures
        self._backoff = backoff
        self._wait_while_open = wait
        self._failures = 0
        self._openings = 0
        self._held_until = 0.0
        self._probing = False
        self._probed = Flag()

    @property
    def open(self) -> bool:
        """Whether requests are held back after too many failures."""
        return self._openings > 0

    def enter(self) -> bool:
        """Wait until a request may be sent. After it, call `leave`.

        Returns:
            Whether the request is the probe.

        Raises:
            CircuitOpenError: The circuit is open, and requests are not to wait.
            ConnectionError: The module stops.
        """
        while True:
            remaining = self._held_until - clock.monotonic()
            if remaining <= 0 and not self.open:
                return False
            if remaining <= 0 and not self._probing:
                self._probing = True
                self._probed.clear()
                return True
            self._wait(remaining)

    def hold(self, seconds: float) -> None:
        """Hold all requests back, because the server asks for it."""
        self._held_until = max(self._held_until, clock.monotonic() + seconds)

    def leave(self, *, probe: bool, succeeded: bool | None) -> None:
        """Record how a request went.

        Args:
            probe: What `enter` returned.
            succeeded: Whether the server answered properly; None if that is unknown.
        """
        if succeeded:
            self._close()
        elif succeeded is False:
            self._failures += 1
            # Requests that were sent before the circuit opened may fail later: they do not count again.
            if probe or (self._limit and self._failures >= self._limit and not self.open):
                self._open()
        if probe:
            self._probing = False
            self._probed.set()

    def _close(self) -> None:
        self._failures = 0
        if self.open:
            self._actor.logging.notice(f"{self.server} is back.")
            self._openings = 0
            self._held_until = 0.0

    def _open(self) -> None:
        self._openings += 1
        delay = self._backoff.delay(self._openings)
        self.hold(delay)
        if self._openings == 1:
            self._actor.logging.warning(
                f"{self.server} failed {self._failures} times in a row: all requests wait for {delay:.1f} s,"
                " then one is sent to see whether the server is back."
            )

    def _wait(self, remaining: float) -> None:
        if self.open and not self._wait_while_open:
            message = f"{self.server} failed {self._failures} times in a row, so the request was not sent."
            raise CircuitOpenError(message)
        running = self._actor.wait(self._probed) if remaining <= 0 else self._actor.sleep(remaining)
        if not running:
            message = f"The module was stopped while requests to {self.server} were held back."
            raise ConnectionError(message)
