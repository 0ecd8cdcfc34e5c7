"""Lifecycle: starts the modules of a router from the outputs to the inputs, and stops them the other way."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import gevent
from gevent.event import Event as Flag

from wishbone import clock
from wishbone._engine.graph import ordered_components
from wishbone._engine.process import POLL_SECONDS, STOP_SECONDS, ActorProcess
from wishbone._engine.stall_monitor import StallMonitor
from wishbone._engine.state import State, process_of
from wishbone.error import PluginFailed, WishboneError
from wishbone.module import InputModule

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gevent import Greenlet
    from greenlet import greenlet

    from wishbone._engine.shutdown import Undelivered
    from wishbone.actor import Actor
    from wishbone.router import Default


class Lifecycle:
    """Runs the modules of one router, once."""

    def __init__(self, router: Default) -> None:
        """Start nothing yet.

        Args:
            router: Holds the modules, and the plugins whose hooks are called at the start and at the stop.
        """
        self.router = router
        self.undelivered: list[Undelivered] = []
        self.reason = ""
        self._modules = router.modules
        self._stall_monitor = StallMonitor(router.modules)
        self._starter: greenlet | None = None
        self._stopper: Greenlet[..., Any] | None = None
        self._watcher: Greenlet[..., Any] | None = None
        self._started = Flag()
        self._stopped = Flag()
        self._stopped.set()
        self._deadline = 0.0

    @property
    def started(self) -> bool:
        """Whether it was started, be it that it has stopped since."""
        return self._starter is not None

    def start(self) -> None:
        """Start the modules, outputs first, so that no event arrives at a module that does not run yet.

        Raises:
            ModuleInitFailure: A module could not be started. Those started before it are stopped.
            PluginFailed: A strict plugin failed. All modules are stopped.
            WishboneError: The router was started before.
        """
        if self._starter is not None:
            message = "The router was started before, and runs once: build another one to run again."
            raise WishboneError(message)
        self._starter = gevent.getcurrent()
        self._stopped.clear()
        try:
            self._start_modules()
        except BaseException:
            self._started.set()
            self.stop(timeout=0)
            raise
        self._started.set()

    def stop(self, timeout: float | None) -> list[Undelivered]:
        """Stop the inputs, let the events in flight reach the outputs, then stop the modules along the graph.

        Args:
            timeout: Seconds to wait for events in flight; None waits until all are settled.

        Returns:
            The events that were not delivered; not all of them, if the call does not wait for the end.
        """
        if self._starter is None:
            return []
        deadline = float("inf") if timeout is None else clock.monotonic() + timeout
        if self._stopper is None:
            self._deadline = deadline
            self._stopper = gevent.spawn(self._stop)
        self._deadline = min(self._deadline, deadline)
        if not self._called_from_within():
            self._stopped.wait()
        return self.undelivered

    def stop_because(self, reason: str) -> None:
        """Stop without waiting for the end: the module that calls this must stop, too."""
        self.reason = self.reason or reason
        gevent.spawn(self.stop, STOP_SECONDS)

    def block(self) -> None:
        """Wait until all modules have stopped."""
        self._stopped.wait()

    def _start_modules(self) -> None:
        self._stall_monitor.start()
        for names in reversed(ordered_components(children_of(self._modules))):
            for name in names:
                process_of(self._modules[name]).start()
                if self._stopper is not None:
                    return
        self.router.plugins.call("on_router_start", router=self.router)
        inputs = [process_of(module) for module in self._modules.values() if isinstance(module, InputModule)]
        if inputs:
            self._watcher = gevent.spawn(self._stop_after, inputs)

    def _stop_after(self, inputs: list[ActorProcess]) -> None:
        """Stop when every input has finished, without a deadline for the events in flight."""
        for process in inputs:
            process.finished.wait()
        self.stop(timeout=None)

    def _called_from_within(self) -> bool:
        """Return whether the caller would wait for itself, if it waited for the end."""
        current = gevent.getcurrent()
        starts = current is self._starter and not self._started.is_set()
        process = getattr(current, "process", None)
        return starts or any(process is process_of(module) for module in self._modules.values())

    def _stop(self) -> None:
        try:
            self._stop_modules()
            self.router.plugins.call("on_router_stop", router=self.router)
        except PluginFailed as error:
            self.reason = self.reason or str(error)
        finally:
            self._stall_monitor.stop()
            self._stopped.set()
            if self._watcher is not None:
                self._watcher.kill(block=False)

    def _stop_modules(self) -> None:
        while not self._started.is_set() and clock.monotonic() < self._deadline:
            gevent.sleep(POLL_SECONDS)
        for module in self._modules.values():
            process = process_of(module)
            # A module still in its preHook past the deadline closes itself when that returns.
            if process.state in (State.CREATED, State.STARTING) or isinstance(module, InputModule):
                process.request_stop()
        for names in ordered_components(children_of(self._modules)):
            processes = [process_of(self._modules[name]) for name in names]
            running = [process for process in processes if process.state is State.RUNNING]
            self._wait_until_drained(running)
            for process in running:
                process.request_stop()
            self._wait_until_idle(running)
            for process in processes:
                if process.state is State.CREATED:
                    self.undelivered.extend(process.discard())
                elif process.state is not State.STARTING:
                    self.undelivered.extend(process.close())

    def _wait_until_drained(self, processes: list[ActorProcess]) -> None:
        while clock.monotonic() < self._deadline and not all(
            process.drained or process.waits_for_stop for process in processes
        ):
            gevent.sleep(POLL_SECONDS)

    def _wait_until_idle(self, processes: list[ActorProcess]) -> None:
        """Wait until background functions have submitted the events that they keep, and these are consumed.

        It gives up on a background function that neither returns nor moves an event for `STOP_SECONDS`,
        even without a deadline.
        """
        seen = -1
        limit = 0.0
        while clock.monotonic() < self._deadline and not all(process.idle for process in processes):
            progress = sum(process.progress for process in processes)
            if progress != seen:
                seen, limit = progress, clock.monotonic() + STOP_SECONDS
            elif clock.monotonic() > limit and all(process.drained for process in processes):
                return
            gevent.sleep(POLL_SECONDS)


def children_of(modules: Mapping[str, Actor]) -> dict[str, list[str]]:
    """Return for each module the modules that its queues are connected to, by name.

    Args:
        modules: The modules of a router, by name.
    """
    return {
        name: [
            queue.destination.process.name
            for queue in process_of(module).pool.listQueues()
            if queue.destination is not None
            and queue.destination.process.name in modules
            and queue.source is not None
            and queue.source.module is module
        ]
        for name, module in modules.items()
    }
