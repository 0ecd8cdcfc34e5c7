"""Runs a router until its inputs end or a signal comes."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING, Any

import gevent

from wishbone.error import ModuleInitFailure

if TYPE_CHECKING:
    from wishbone.router import Default

SIGNALS = (signal.SIGINT, signal.SIGTERM)


def run(router: Default) -> None:
    """Start a router and wait until it has stopped.

    SIGINT and SIGTERM stop it in order; a second one stops it at once.

    Raises:
        ModuleInitFailure: A module could not be started.
    """
    starting = gevent.spawn(_start, router)
    stopper = _Stopper(router, starting)
    watchers = [gevent.signal_handler(number, stopper.signalled) for number in SIGNALS]
    try:
        failure = starting.get()
        if isinstance(failure, ModuleInitFailure):
            raise failure
        router.block()
    finally:
        for watcher in watchers:
            watcher.cancel()


def _start(router: Default) -> ModuleInitFailure | None:
    """Start the router, and hand over what it raises: the hub would print the traceback of a greenlet."""
    try:
        router.start()
    except ModuleInitFailure as error:
        return error
    return None


class _Stopper:
    """Stops a router at the first signal, and faster at the second."""

    def __init__(self, router: Default, starting: gevent.Greenlet[..., Any]) -> None:
        self.router = router
        self.starting = starting
        self.count = 0

    def signalled(self) -> None:
        """Act on a signal; runs in a greenlet of its own each time."""
        self.count += 1
        if self.count > 1:
            self.router.stop(timeout=0)
        else:
            self.starting.kill()
            self.router.stop()
