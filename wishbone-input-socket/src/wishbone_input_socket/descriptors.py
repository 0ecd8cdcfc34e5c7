"""Descriptors: how many files and sockets this process may have open."""

from __future__ import annotations

import resource

RESERVE = 64
"""Descriptors that the rest of a pipeline needs, beside those of the connections."""


def make_room(connections: int) -> int:
    """Let this process open as many sockets as it is to serve, as far as the system lets it.

    The soft limit is small for programs that use select(2), which gevent does not. Other modules of this
    process have connections too, so each adds its own to the limit.

    Args:
        connections: How many there are to be.

    Returns:
        How many there can be.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY:
        return connections
    raised = soft + connections if hard == resource.RLIM_INFINITY else min(soft + connections, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (raised, hard))
    return min(connections, max(1, raised - RESERVE))
