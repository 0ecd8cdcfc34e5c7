"""ConnectionLimiter: how many connections a listener has open, in total and from one address."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from wishbone.diagnostics.log_throttle import LogThrottle
from wishbone_network.descriptors import DescriptorReservation

if TYPE_CHECKING:
    from wishbone.actor import Actor


class ConnectionLimiter:
    """Counts the open connections of a module, and refuses those over its limits.

    The module passes each accepted connection to `admit`, and each admitted one to `leave` when it is closed.
    """

    def __init__(self, actor: Actor, max_connections: int, max_per_host: int | None = None) -> None:
        """Count nothing yet.

        Args:
            actor: The module.
            max_connections: The value of its argument of this name.
            max_per_host: The same; None for no such limit.
        """
        self.open = 0
        self.refused = LogThrottle(actor.logging.warning)
        self._actor = actor
        self._wanted = max_connections
        self._per_host = max_per_host
        self._hosts: Counter[str] = Counter()
        self._reservation: DescriptorReservation | None = None

    @property
    def limit(self) -> int:
        """How many connections may be open: `max_connections`, or fewer if the system allows fewer."""
        return self._wanted if self._reservation is None else self._reservation.limit

    @property
    def full(self) -> bool:
        """Whether as many connections are open as may be."""
        return self.open >= self.limit

    @property
    def cure(self) -> str:
        """What an operator can do to allow more connections."""
        if self.limit < self._wanted:
            return "raise the process's limit of open files (LimitNOFILE, ulimit -n)"
        return "raise 'max_connections'"

    def start(self) -> None:
        """Reserve file descriptors, in the module's `preHook`. Logs a warning if there are too few."""
        self._reservation = DescriptorReservation(self._wanted)
        if self.limit < self._wanted:
            self._actor.logging.warning(
                f"The system allows {self.limit} connections, not the {self._wanted} of 'max_connections':"
                f" {self.cure}, or lower 'max_connections'."
            )

    def close(self) -> None:
        """Release the file descriptors, in the module's `postHook`."""
        if self._reservation is not None:
            self._reservation.release()

    def admit(self, host: str | None = None) -> bool:
        """Count a connection, unless it is over a limit; that is logged, at most once a minute.

        Args:
            host: The address of the peer; None where peers have none.

        Returns:
            Whether it was counted. If not, the module closes it.
        """
        if self.full:
            self.refused.log(
                f"Refused a connection, because {self.open} are open: {self.cure}, or set 'idle_timeout'."
            )
            return False
        if self._per_host is not None and host is not None:
            if self._hosts[host] >= self._per_host:
                cause = f"Refused a connection from {host}, which has {self._per_host} open"
                self.refused.log(f"{cause}: raise 'max_per_host'.")
                return False
            self._hosts[host] += 1
        self.open += 1
        return True

    def leave(self, host: str | None = None) -> None:
        """Count a connection as closed.

        Args:
            host: What `admit` was called with.
        """
        self.open -= 1
        if self._per_host is not None and host is not None:
            self._hosts[host] -= 1
            if not self._hosts[host]:
                del self._hosts[host]
