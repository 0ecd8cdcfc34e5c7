"""Outcome: how many events a pipeline could not deliver, which decides the exit code."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wishbone._engine.state import process_of
from wishbone.module import InputModule
from wishbone_cli.logs.output import LogOutput
from wishbone_cli.lost_events import lost_events

if TYPE_CHECKING:
    from wishbone.router import Default


class Outcome:
    """Counts the events of a router that failed for good, and those that its stop left behind."""

    def __init__(self, router: Default) -> None:
        """Count from now on.

        Args:
            router: The router; its modules are built and connected.
        """
        self._router = router
        inputs = {name for name, module in router.modules.items() if isinstance(module, InputModule)}
        lost = lost_events(router, inputs)
        # An event with an acknowledgement may come here from an input that does not send it again.
        self._final = inputs | {name for name, origins in lost.items() if not inputs.isdisjoint(origins)}

    @property
    def failed(self) -> int:
        """Events that failed where `failed` is not connected, and that no input sends again."""
        processes = {name: process_of(module) for name, module in self._router.modules.items()}
        return sum(
            process.lost_total + process.returned_total * (name in self._final)
            for name, process in processes.items()
            if not isinstance(process.actor, LogOutput)
        )

    @property
    def left(self) -> int:
        """Events that modules had not finished when they were stopped. Logs do not count."""
        modules = self._router.modules
        return sum(
            left.events
            for left in self._router.undelivered
            if not isinstance(modules.get(left.module), LogOutput)
        )

    @property
    def complete(self) -> bool:
        """Whether every event was delivered, or will be sent again."""
        return not self.failed and not self.left
