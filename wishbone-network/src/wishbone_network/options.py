"""Socket options, and what every socket needs."""

from __future__ import annotations

import select
from contextlib import contextmanager
from typing import TYPE_CHECKING

from gevent import monkey, socket

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def close_on_error(opened: socket.socket) -> Iterator[None]:
    """Close a socket if the block raises, also when its greenlet is killed."""
    try:
        yield
    except BaseException:
        opened.close()
        raise


def enable_keepalive(connected: socket.socket, *, idle: int, interval: int, count: int) -> None:
    """Let the system probe a silent TCP peer, and end the connection if the peer does not answer.

    Args:
        connected: A TCP connection.
        idle: Seconds of silence before the first probe.
        interval: Seconds between two probes.
        count: The number of unanswered probes after which the connection is lost.
    """
    connected.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, idle)
    connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, interval)
    connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPCNT, count)


def is_readable(peer: socket.socket) -> bool:
    """Return whether data, an error or the end of the stream has arrived. Never waits.

    A connection that is kept for later is dead, or out of step, when it is readable.
    """
    # gevent's poll would ask the hub; the original asks the kernel alone, also for descriptors over 1023.
    poll = monkey.get_original("select", "poll")()
    poll.register(peer.fileno(), select.POLLIN | select.POLLRDHUP)
    return bool(poll.poll(0))
