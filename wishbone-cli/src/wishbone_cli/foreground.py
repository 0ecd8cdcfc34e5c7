"""Runs a router until its inputs end or a signal comes."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

import gevent
from gevent import GreenletExit

if TYPE_CHECKING:
    from wishbone.router import Default

SIGNALS = (signal.SIGINT, signal.SIGTERM)


def run(router: Default) -> None:
    """Start a router and wait until it has stopped.

    SIGINT and SIGTERM stop it in order; a second one stops it at once.

    Raises:
        ModuleInitFailure: A module could not be started.
    """
    starting = gevent.spawn(router.start)
    # The error is raised here by get(); the hub need not print its traceback.
    router_stops = _Stopper(router, starting)
    watchers = [gevent.signal_handler(number, router_stops.signalled) for number in SIGNALS]
    try:
        result = starting.get()
        if not isinstance(result, GreenletExit):
            router.block()
        router_stops.wait()
    finally:
        for watcher in watchers:
            watcher.cancel()


class _Stopper:
    """Stops a router at the first signal, and faster at the second."""

    def __init__(self, router: Default, starting: gevent.Greenlet[[], None]) -> None:
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

    def wait(self) -> None:
        """Wait until what a signal began is done."""
        if self.count:
            self.router.block()
