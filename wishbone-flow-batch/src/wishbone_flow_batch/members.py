"""Members: the events of a batch that is not complete yet."""

from __future__ import annotations

from typing import Any

import msgspec

from wishbone.acknowledgement import Acknowledgement
from wishbone.error import InvalidData
from wishbone.event import TTL, Event


class Members:
    """Collects the payloads of events, and what waits for these events."""

    __slots__ = ("_acknowledgement", "deadline", "key", "payloads", "size", "ttl")

    def __init__(self, deadline: float, key: Any = None) -> None:
        """Begin without any.

        Args:
            deadline: When the batch is to leave at the latest, by the monotonic clock.
            key: What they have in common.
        """
        self.deadline = deadline
        self.key = key
        self.payloads: list[Any] = []
        self.size = 0
        self.ttl = TTL
        self._acknowledgement: Acknowledgement | None = None

    def add(self, event: Event, size: int) -> None:
        """Take an event in, and keep it from being settled.

        Args:
            event: The event.
            size: The bytes of its payload.
        """
        if event.acknowledgement is not None:
            if self._acknowledgement is None:
                self._acknowledgement = Acknowledgement(_tell_nobody_else)
            self._acknowledgement.link_to(event.acknowledgement)
        self.payloads.append(event.data)
        self.size += size
        # The least of them: a batch that goes round in a cycle must end some time, as its members would.
        self.ttl = min(self.ttl, event.ttl)

    def merge(self) -> Event:
        """Return one event for all of them. What becomes of it becomes of each."""
        event = Event(self.payloads, self._acknowledgement)
        event.ttl = self.ttl
        return event

    def fail(self, error: BaseException) -> None:
        """Tell everybody who waits for a member that no batch comes of it."""
        if self._acknowledgement is not None:
            self._acknowledgement.retain()
            self._acknowledgement.release(error)


def _tell_nobody_else(_: BaseException | None) -> None:
    pass


def payload_size(payload: Any) -> int:
    """Return how many bytes a payload has: a text in UTF-8, and what is neither text nor bytes as JSON.

    Raises:
        InvalidData: JSON has nothing for it.
    """
    if isinstance(payload, str):
        return len(payload) if payload.isascii() else len(payload.encode("utf-8", "surrogatepass"))
    if isinstance(payload, bytes | bytearray):
        return len(payload)
    try:
        return len(msgspec.json.encode(payload))
    except (TypeError, ValueError, RecursionError) as error:
        message = (
            f"The bytes of the payload cannot be counted, because it is nothing that JSON knows: {error}."
        )
        raise InvalidData(message) from error
