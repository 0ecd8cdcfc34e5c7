"""The loop that accepts connections."""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING, Any

from wishbone.actor import yield_if_due
from wishbone.diagnostics.log_throttle import LogThrottle

if TYPE_CHECKING:
    from collections.abc import Callable

    from gevent import socket

    from wishbone.actor import Actor

RETRY_SECONDS = 0.2
"""Seconds to wait when the system cannot give another connection."""

_PEER_IS_GONE = frozenset({errno.ECONNABORTED, errno.EPROTO, errno.EINTR})
"""Errors for a connection whose peer closed it before it was accepted."""


def accept_connections(
    actor: Actor, listener: socket.socket, handle: Callable[[socket.socket, Any], object]
) -> None:
    """Accept connections until the module stops. Run it with `sendToBackground`, once for each listener.

    Closing the listener ends it too, once the module stops. While the system has no descriptors left, it
    logs an error, at most once a minute, and tries again.

    Args:
        actor: The module.
        listener: A socket that listens.
        handle: Called with each accepted socket and the address of its peer. It should return soon; while
            it waits, further connections wait in the system.
    """
    errors = LogThrottle(actor.logging.error)
    while actor.loop():
        try:
            accepted, address = listener.accept()
        except OSError as error:
            if actor.loop() and error.errno not in _PEER_IS_GONE:
                errors.log(_describe(error))
                actor.sleep(RETRY_SECONDS)
            continue
        handle(accepted, address)
        yield_if_due()


def _describe(error: OSError) -> str:
    cure = ""
    if error.errno in {errno.EMFILE, errno.ENFILE}:
        cure = " Raise the limit of open files (LimitNOFILE, ulimit -n), or lower 'max_connections'."
    return f"Cannot accept connections at the moment: {error}.{cure}"
