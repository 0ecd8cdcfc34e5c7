"""Breaker: keeps everybody from a server that is down, until one request has shown that it is back."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, NamedTuple

from gevent.event import Event as Flag

from wishbone import clock

if TYPE_CHECKING:
    from wishbone.actor import Actor


class CircuitOpenError(ConnectionError):
    """The server is down, and the module was told not to wait for it."""


class Pauses(NamedTuple):
    """How long to wait between two attempts: longer each time, and by chance a little less."""

    first: float
    longest: float

    def after(self, failures: int) -> float:
        """Return the seconds to wait after so many failures in a row."""
        pause = self.first * 2.0 ** min(failures - 1, 60)
        return min(pause, self.longest) * random.uniform(0.5, 1)  # noqa: S311 - it keeps no secret


class Breaker:
    """A circuit breaker at which requests wait: what finds the circuit open does not fail.

    After some failures in a row, whoever's they are, it opens: nothing is sent for a pause. Then one
    request goes through, while the others wait on. If it succeeds, all may send again; if it fails,
    the next pause is longer. The libraries for this fail what comes while the circuit is open, and
    look at clocks of their own.
    """

    def __init__(self, actor: Actor, server: str, failures: int, pauses: Pauses, *, wait: bool) -> None:
        """Let everything through.

        Args:
            actor: The module, for its log and because pauses end with it.
            server: The server's name in messages.
            failures: After how many failures in a row it opens; 0 for never.
            pauses: How long it stays open.
            wait: Whether requests wait while it is open; they fail otherwise.
        """
        self._actor = actor
        self.server = server
        self._limit = failures
        self._pauses = pauses
        self._wait = wait
        self._failures = 0
        self._openings = 0
        self._until = 0.0
        self._probing = False
        self._probed = Flag()

    @property
    def open(self) -> bool:
        """Whether requests are held back because too many failed."""
        return self._openings > 0

    def enter(self) -> bool:
        """Wait until a request may be sent. Who sent it calls `succeeded`, `failed` or `abandoned`.

        Returns:
            Whether it is the one that shows whether the server is back.

        Raises:
            CircuitOpenError: The circuit is open, and nobody is to wait.
            ConnectionError: The module is stopped.
        """
        while True:
            remaining = self._until - clock.monotonic()
            if remaining <= 0 and not self.open:
                return False
            if remaining <= 0 and not self._probing:
                self._probing = True
                self._probed.clear()
                return True
            self._stand_by(remaining)

    def hold(self, seconds: float) -> None:
        """Let nothing through for so long, because the server asks for it."""
        self._until = max(self._until, clock.monotonic() + seconds)

    def succeeded(self, *, probe: bool) -> None:
        """Note that the server did answer, and let everything through.

        Args:
            probe: What `enter` returned.
        """
        if self.open:
            self._actor.logging.notice(f"{self.server} is back.")
            self._openings = 0
            self._until = 0.0
        self._failures = 0
        self._release(probe=probe)

    def failed(self, *, probe: bool) -> None:
        """Note that it did not, and open after too many failures.

        Args:
            probe: What `enter` returned.
        """
        self._failures += 1
        # What was sent before it opened may fail later: that says nothing new.
        if probe or (self._limit and self._failures >= self._limit and not self.open):
            self._open()
        self._release(probe=probe)

    def abandoned(self, *, probe: bool) -> None:
        """Note that nobody will know: who sent it was killed.

        Args:
            probe: What `enter` returned.
        """
        self._release(probe=probe)

    def _open(self) -> None:
        self._openings += 1
        pause = self._pauses.after(self._openings)
        self.hold(pause)
        self._actor.logging.warning(
            f"{self.server} failed {self._failures} times in a row: nothing is sent for {pause:.1f} s, then"
            " one request, to see whether it is back."
        )

    def _release(self, *, probe: bool) -> None:
        if probe:
            self._probing = False
            self._probed.set()

    def _stand_by(self, remaining: float) -> None:
        if self.open and not self._wait:
            message = f"{self.server} is down, and was not asked: it failed {self._failures} times in a row."
            raise CircuitOpenError(message)
        if remaining <= 0:
            self._probed.wait()
        elif not self._actor.sleep(remaining):
            message = f"The module was stopped while {self.server} was not to be asked."
            raise ConnectionError(message)
