"""Emitter: turns received bytes into events and submits them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wishbone.actor import yield_if_due
from wishbone.codec import BadFrame
from wishbone.error import InvalidData
from wishbone.event import Event

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wishbone.actor import Actor
    from wishbone.codec import Decoder

Peer = dict[str, Any]
"""What events note about their sender. It is flat, because each event gets a copy."""

PIECE = 8192
"""Bytes that are decoded before other greenlets may run: small frames make thousands of events of a chunk."""

BAD_PIECE = 1024
"""The same after a bad frame, because each of these takes much longer than a good one."""


class Emitter:
    """Submits decoded values to `outbox`, and bad frames to `failed`."""

    def __init__(self, actor: Actor) -> None:
        """Create it in `preHook`, when the queues are connected."""
        self._actor = actor
        self._outbox = actor.pool.getQueue("outbox")

    def decode(self, decoder: Decoder, data: bytes, peer: Peer, size: int = PIECE) -> int:
        """Submit what a decoder makes of the next bytes of a stream, until it can read nothing more of it.

        Args:
            decoder: The decoder of the stream.
            data: The next bytes.
            peer: The sender.
            size: Bytes to decode at once at first: what this returned for the bytes before.
        """
        start = 0
        while start < len(data) and not decoder.desynchronized:
            bad = self.submit(decoder.decode(data[start : start + size]), peer)
            start += size
            size = BAD_PIECE if bad else PIECE
            yield_if_due()
        return size

    def submit(self, values: Iterable[Any], peer: Peer) -> bool:
        """Submit each value, blocking while the queue is full.

        Args:
            values: What a decoder returned.
            peer: The sender.

        Returns:
            Whether there were bad frames.
        """
        bad = False
        name, submit, outbox = self._actor.name, self._actor.submit, self._outbox
        for value in values:
            if value.__class__ is BadFrame:
                self._fail(value.data, value.error, {**peer, "truncated": True} if value.truncated else peer)
                bad = True
                continue
            event = Event(value)
            event.tmp[name] = peer.copy()
            submit(event, outbox)
        return bad

    def fail_rest(self, values: Iterable[Any], peer: Peer, cause: str) -> None:
        """Fail what is left of a stream that was cut off, because it may not be whole.

        Args:
            values: What the decoder returned at the end.
            peer: The sender.
            cause: What cut the stream off.
        """
        for value in values:
            if value.__class__ is BadFrame:
                self._fail(value.data, value.error, {**peer, "truncated": True} if value.truncated else peer)
            else:
                message = f"It came last before {cause}, and may be cut: let the sender send it again."
                self._fail(value, InvalidData(message), peer)

    def _fail(self, data: Any, error: InvalidData, peer: Peer) -> None:
        event = Event(data)
        event.tmp[self._actor.name] = peer.copy()
        self._actor.fail(event, error)
        # Failing is slow and does not block: a sender of bad frames would keep all others waiting.
        yield_if_due()
