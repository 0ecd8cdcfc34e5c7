"""Descriptors: how many connections this process can have open."""

from __future__ import annotations

import resource

SPARE = 64
"""Descriptors for everything else in the pipeline."""


def allow(connections: int) -> int:
    """Raise the soft limit of open files, which is meant for programs with select(2), if it is too low.

    Args:
        connections: How many are wanted.

    Returns:
        How many there can be.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = connections + SPARE
    if soft != resource.RLIM_INFINITY and soft < wanted:
        soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return connections if soft == resource.RLIM_INFINITY else min(connections, max(1, soft - SPARE))
