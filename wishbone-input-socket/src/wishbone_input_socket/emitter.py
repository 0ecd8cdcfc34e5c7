"""Emitter: turns received bytes into events and submits them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wishbone._engine.timeslice import time_slice
from wishbone.codec import BadFrame
from wishbone.error import InvalidData
from wishbone.event import Event

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wishbone.actor import Actor
    from wishbone.codec import Decoder

Peer = dict[str, Any]
"""What events note about their sender. It is flat, because each event gets a copy."""

PIECE = 1024
"""Bytes that are decoded before other greenlets may run: small frames make thousands of events of a chunk."""


class Emitter:
    """Submits decoded values to `outbox`, and bad frames to `failed`."""

    def __init__(self, actor: Actor) -> None:
        """Create it in `preHook`, when the queues are connected."""
        self._actor = actor
        self._outbox = actor.pool.getQueue("outbox")

    def decode(self, decoder: Decoder, data: bytes, peer: Peer) -> None:
        """Submit what a decoder makes of the next bytes of a stream.

        It stops early if the decoder can read nothing more of the stream.
        """
        for start in range(0, len(data), PIECE):
            self.submit(decoder.decode(data[start : start + PIECE]), peer)
            if decoder.desynchronized:
                return
            time_slice.yield_if_expired()

    def submit(self, values: Iterable[Any], peer: Peer) -> None:
        """Submit each value, blocking while the queue is full.

        Args:
            values: What a decoder returned.
            peer: The sender.
        """
        name, submit, outbox = self._actor.name, self._actor.submit, self._outbox
        for value in values:
            if value.__class__ is BadFrame:
                self._fail(value.data, value.error, peer)
                continue
            event = Event(value)
            event.tmp[name] = peer.copy()
            submit(event, outbox)

    def fail_rest(self, values: Iterable[Any], peer: Peer, cause: str) -> None:
        """Fail what is left of a stream that was cut off, because it may not be whole.

        Args:
            values: What the decoder returned at the end.
            peer: The sender.
            cause: What cut the stream off.
        """
        for value in values:
            if value.__class__ is BadFrame:
                self._fail(value.data, value.error, peer)
            else:
                message = f"It came last before {cause}, and may be cut: let the sender send it again."
                self._fail(value, InvalidData(message), peer)

    def _fail(self, data: Any, error: InvalidData, peer: Peer) -> None:
        event = Event(data)
        event.tmp[self._actor.name] = peer.copy()
        self._actor.fail(event, error)
        # Failing is slow and does not block: a sender of bad frames would keep all others waiting.
        time_slice.yield_if_expired()
