"""Outlet: makes events of what decoders hand out, and brings them out of the module."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wishbone.codec import BadFrame
from wishbone.error import InvalidData
from wishbone.event import Event

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wishbone.actor import Actor

Peer = dict[str, Any]
"""What an event notes about whom it is from. Flat: each event has a copy of its own."""


class Outlet:
    """Submits events to `outbox`, and bad frames to `failed`."""

    def __init__(self, actor: Actor) -> None:
        """Bring out what is connected now: make it in `preHook`.

        Args:
            actor: The module.
        """
        self._actor = actor
        self._queue = actor.pool.getQueue("outbox")

    def submit(self, values: Iterable[Any], peer: Peer) -> None:
        """Make an event of each value, waiting while the queue is full.

        Args:
            values: What a decoder handed out.
            peer: Whom they are from.
        """
        name, submit, queue = self._actor.name, self._actor.submit, self._queue
        for value in values:
            if value.__class__ is BadFrame:
                self._refuse(value.data, value.error, peer)
                continue
            event = Event(value)
            event.tmp[name] = peer.copy()
            submit(event, queue)

    def submit_cut(self, values: Iterable[Any], peer: Peer, cause: str) -> None:
        """Let what is left of a stream that broke off fail: nobody knows whether it is whole.

        Args:
            values: What a decoder handed out at last.
            peer: Whom they are from.
            cause: What broke it off.
        """
        for value in values:
            if value.__class__ is BadFrame:
                self._refuse(value.data, value.error, peer)
            else:
                message = f"It came last before {cause}, and may be cut: let the sender send it again."
                self._refuse(value, InvalidData(message), peer)

    def _refuse(self, data: Any, error: InvalidData, peer: Peer) -> None:
        event = Event(data)
        event.tmp[self._actor.name] = peer.copy()
        self._actor.fail(event, error)
