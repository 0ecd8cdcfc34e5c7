"""Failure: an event that a module failed on; and Failures, which notes them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from wishbone import hookimpl
from wishbone_testing.stand_in import detached

if TYPE_CHECKING:
    from wishbone.actor import Actor
    from wishbone.event import Event


class Failure(NamedTuple):
    """An event that a module failed on."""

    module: str
    """The name of the module."""

    error: BaseException
    """What it raised."""

    event: Event
    """The event as it was then, with the error noted in `errors`."""

    lost: bool
    """Whether it went no further, because no route begins in the module's `failed`."""


class Failures:
    """A plugin that notes every event that a module fails on."""

    def __init__(self) -> None:
        """Begin without any."""
        self.noted: list[Failure] = []

    @hookimpl
    def on_event_failed(self, event: Event, actor: Actor, error: BaseException) -> None:
        """Note one."""
        lost = not actor.pool.queue.failed.connected
        self.noted.append(Failure(actor.name, error, detached(event), lost))
