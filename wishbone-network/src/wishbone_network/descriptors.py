"""DescriptorReservation: the file descriptors that the connections of one listener may use."""

from __future__ import annotations

import resource

RESERVE = 64
"""Descriptors that all the rest of the process keeps: files, other connections, what Python needs."""


class DescriptorReservation:
    """Descriptors for the connections of one listener.

    The limit of open files belongs to the process, so all reservations of the process add up. The soft limit
    is raised as far as the hard limit allows; it is low for programs with select(2), which gevent does not
    use. Where the hard limit is too low for all, each listener gets its share.
    """

    def __init__(self, connections: int) -> None:
        """Reserve descriptors, and raise the soft limit for them.

        Args:
            connections: The number of connections that the listener would like to have open.
        """
        self.wanted = connections
        _process.reservations.append(self)
        _process.raise_soft_limit()

    @property
    def limit(self) -> int:
        """The number of connections that the listener may have open now, 1 or more."""
        available, wanted = _process.available(), _process.wanted
        if available is None or wanted <= available:
            return self.wanted
        return max(1, self.wanted * available // wanted)

    def release(self) -> None:
        """Give the descriptors back to the other listeners. The soft limit stays. May be called again."""
        if self in _process.reservations:
            _process.reservations.remove(self)


class _Process:
    """The limit of open files of this process, and what is reserved of it."""

    def __init__(self) -> None:
        self.reservations: list[DescriptorReservation] = []
        self._soft_at_first: int | None = None

    @property
    def wanted(self) -> int:
        return sum(reservation.wanted for reservation in self.reservations)

    def available(self) -> int | None:
        """Return the number of descriptors for all connections, or None if the system sets no limit."""
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        if resource.RLIM_INFINITY in (soft, hard):
            return None
        return max(0, soft - RESERVE)

    def raise_soft_limit(self) -> None:
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        if soft == resource.RLIM_INFINITY:
            return
        if self._soft_at_first is None:
            self._soft_at_first = soft
        # What the process could open before stays for the rest of it.
        target = self._soft_at_first + self.wanted
        if hard != resource.RLIM_INFINITY:
            target = min(target, hard)
        if target > soft:
            resource.setrlimit(resource.RLIMIT_NOFILE, (target, hard))


_process = _Process()
