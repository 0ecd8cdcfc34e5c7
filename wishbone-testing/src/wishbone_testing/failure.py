"""Failure: an event on which a module failed."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from wishbone import hookimpl
from wishbone_testing.fake_module import detached

if TYPE_CHECKING:
    from wishbone.actor import Actor
    from wishbone.event import Event


class Failure(NamedTuple):
    """An event on which a module failed."""

    module: str
    """The name of the module."""

    error: BaseException
    """The error that it raised."""

    event: Event
    """A copy of the event, with the error in `errors`."""

    lost: bool
    """Whether the event ended there, because the module's `failed` is not connected."""


class FailureRecorder:
    """A plugin that records every failed event."""

    def __init__(self) -> None:
        """Start without any."""
        self.failures: list[Failure] = []

    @hookimpl
    def on_event_failed(self, event: Event, actor: Actor, error: BaseException) -> None:
        """Record a failed event."""
        lost = not actor.pool.queue.failed.connected
        self.failures.append(Failure(actor.name, error, detached(event), lost))
