"""Runs a router until its inputs end or a signal comes."""

from __future__ import annotations

import gc
import os
import signal
from typing import TYPE_CHECKING, Any

import gevent

from wishbone.error import WishboneError
from wishbone_cli.notify import Notifier

if TYPE_CHECKING:
    from collections.abc import Callable

    from wishbone.router import Default

SIGNALS = (signal.SIGINT, signal.SIGTERM)

YOUNG_OBJECTS = 10_000
"""How many objects may be new before the garbage collector looks at them, in place of Python's 700 or 2,000.

Some thousand events stand in queues, new and not garbage. To look at them again and again took a tenth of
a pipeline's time.
"""


def run(router: Default, started: Callable[[], object] = lambda: None) -> None:
    """Start a router and wait until it has stopped.

    SIGINT and SIGTERM stop it in order; a second one stops it at once. The SIGHUP of a terminal that is
    closed stops it in order, unless whoever started it ignores that one, as nohup(1) does. A service manager
    that wants to know is told when it is ready, that it lives, and when it stops.

    Args:
        router: Not started yet.
        started: Called when it runs.

    Raises:
        ModuleInitFailure: A module could not be started.
        PluginFailed: A strict plugin failed, before or while it ran; it has stopped.
    """
    _reap_orphans()
    gc.set_threshold(YOUNG_OBJECTS)
    notifier = Notifier(os.environ)
    starting = gevent.spawn(_start, router)
    stopper = _Stopper(router, starting, notifier)
    watchers = [gevent.signal_handler(number, stopper.signalled) for number in SIGNALS]
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
        watchers.append(gevent.signal_handler(signal.SIGHUP, stopper.hung_up))
    try:
        failure = starting.get()
        if isinstance(failure, WishboneError):
            raise failure
        if not stopper.count:
            started()
            notifier.ready()
        router.block()
        if router.plugins.failure is not None:
            raise router.plugins.failure
    finally:
        notifier.close()
        for watcher in watchers:
            watcher.cancel()


def _reap_orphans() -> None:
    """As the first process of a container, take the exit codes of children whose parents have ended."""
    if os.getpid() == 1:
        gevent.get_hub().loop.install_sigchld()
        # For those that ended before anybody listened.
        signal.raise_signal(signal.SIGCHLD)


def _start(router: Default) -> WishboneError | None:
    """Start the router, and hand over what it raises: the hub would print the traceback of a greenlet."""
    try:
        router.start()
    except WishboneError as error:
        return error
    return None


class _Stopper:
    """Stops a router at the first signal, and faster at the second."""

    def __init__(self, router: Default, starting: gevent.Greenlet[..., Any], notifier: Notifier) -> None:
        self.router = router
        self.starting = starting
        self.notifier = notifier
        self.count = 0

    def signalled(self) -> None:
        """Act on a signal; runs in a greenlet of its own each time."""
        self.count += 1
        if self.count > 1:
            self.router.stop(timeout=0)
        else:
            self.notifier.stopping()
            self.starting.kill()
            self.router.stop()

    def hung_up(self) -> None:
        """Act on the first SIGHUP: the shell and the kernel may send one each, and nobody is in a hurry."""
        if not self.count:
            self.signalled()
