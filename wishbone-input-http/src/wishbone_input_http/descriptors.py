"""Descriptors: how many connections this process can have open."""

from __future__ import annotations

import resource

SPARE = 64
"""Descriptors for everything else in the pipeline."""


def allow(connections: int) -> int:
    """Raise the soft limit of open files, which is meant for programs with select(2).

    Other modules of this process have connections too, so each adds its own to the limit.

    Args:
        connections: How many are wanted.

    Returns:
        How many there can be.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY:
        return connections
    raised = soft + connections if hard == resource.RLIM_INFINITY else min(soft + connections, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (raised, hard))
    return min(connections, max(1, raised - SPARE))
