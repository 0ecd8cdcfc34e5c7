"""PendingBatch: a batch that is not complete yet."""

from __future__ import annotations

from typing import Any

import msgspec

from wishbone.acknowledgement import Acknowledgement
from wishbone.error import InvalidData
from wishbone.event import TTL, Event


class PendingBatch:
    """Collects the payloads of events, and links their acknowledgements to that of the batch."""

    __slots__ = ("_acknowledgement", "deadline", "key", "payloads", "size", "ttl")

    def __init__(self, deadline: float, key: Any = None) -> None:
        """Start an empty batch.

        Args:
            deadline: When the batch must be sent, in seconds of the monotonic clock.
            key: The key that its events share.
        """
        self.deadline = deadline
        self.key = key
        self.payloads: list[Any] = []
        self.size = 0
        self.ttl = TTL
        self._acknowledgement: Acknowledgement | None = None

    def add(self, event: Event, size: int) -> None:
        """Add an event. It does not settle before the batch does.

        Args:
            event: The event.
            size: Bytes of its payload.
        """
        if event.acknowledgement is not None:
            if self._acknowledgement is None:
                self._acknowledgement = Acknowledgement(_ignore)
            self._acknowledgement.link_to(event.acknowledgement)
        self.payloads.append(event.data)
        self.size += size
        # The lowest, so that a batch in a cycle ends as its events would.
        self.ttl = min(self.ttl, event.ttl)

    def merge(self) -> Event:
        """Return the batch as one event. Its acknowledgement or failure is that of each of its events."""
        event = Event(self.payloads, self._acknowledgement)
        event.ttl = self.ttl
        return event

    def fail(self, error: BaseException) -> None:
        """Fail each event of the batch."""
        if self._acknowledgement is not None:
            self._acknowledgement.retain()
            self._acknowledgement.release(error)


def _ignore(_: BaseException | None) -> None:
    pass


def payload_size(payload: Any) -> int:
    """Return the size of a payload in bytes: text as UTF-8, bytes as they are, anything else as JSON.

    Raises:
        InvalidData: JSON cannot represent the payload.
    """
    if isinstance(payload, str):
        return len(payload) if payload.isascii() else len(payload.encode("utf-8", "surrogatepass"))
    if isinstance(payload, bytes | bytearray):
        return len(payload)
    try:
        return len(msgspec.json.encode(payload))
    except (TypeError, ValueError, RecursionError) as error:
        message = f"The size of the payload is unknown, because JSON cannot represent it: {error}."
        raise InvalidData(message) from error
