"""Runs a router until its inputs end or a signal arrives."""

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

GC_THRESHOLD = 10_000
"""New objects before the garbage collector runs, in place of Python's 700 or 2,000.

Queues hold thousands of events, which are not garbage: scanning them took a tenth of a pipeline's time.
"""


def run(router: Default, started: Callable[[], object] = lambda: None) -> bool:
    """Start a router and wait until it has stopped.

    SIGINT and SIGTERM stop it gracefully; a second one stops it at once. SIGHUP stops it gracefully, unless
    it is ignored, as under nohup(1). A service manager learns when the pipeline is ready, alive and stopping.

    Args:
        router: A router that is not started.
        started: Called when it runs.

    Returns:
        Whether a signal stopped it.

    Raises:
        ModuleInitFailure: A module could not be started.
        PluginFailed: A strict plugin failed, before or while the router ran; it has stopped.
    """
    _reap_orphans()
    gc.set_threshold(GC_THRESHOLD)
    notifier = Notifier(os.environ)
    starting = gevent.spawn(_start, router)
    stopper = _Stopper(router, starting, notifier)
    watchers = [gevent.signal_handler(number, stopper.handle_signal) for number in SIGNALS]
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
        watchers.append(gevent.signal_handler(signal.SIGHUP, stopper.handle_hangup))
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
        return bool(stopper.count)
    finally:
        notifier.close()
        for watcher in watchers:
            watcher.cancel()


def _reap_orphans() -> None:
    """As the first process of a container, collect the exit codes of orphaned processes."""
    if os.getpid() == 1:
        gevent.get_hub().loop.install_sigchld()
        # For those that ended before the handler was there.
        signal.raise_signal(signal.SIGCHLD)


def _start(router: Default) -> WishboneError | None:
    """Start the router, and return what it raises: the hub would print the traceback of a greenlet."""
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

    def handle_signal(self) -> None:
        """Handle a signal; each runs in a greenlet of its own."""
        self.count += 1
        if self.count > 1:
            self.router.stop(timeout=0)
        else:
            self.notifier.stopping()
            self.starting.kill()
            self.router.stop()

    def handle_hangup(self) -> None:
        """Handle only the first SIGHUP: the shell and the kernel may each send one."""
        if not self.count:
            self.handle_signal()
