"""First: the event that others are duplicates of."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wishbone.acknowledgement import Acknowledgement
    from wishbone.event import Event


class First:
    """What is remembered of an event that came through: until when, and who waits for what becomes of it."""

    __slots__ = ("acknowledgement", "until")

    def __init__(self, until: float) -> None:
        """Remember it.

        Args:
            until: When to forget it, by the monotonic clock.
        """
        self.until = until
        self.acknowledgement: Acknowledgement | None = None

    def is_itself(self, event: Event) -> bool:
        """Return whether the event is no duplicate, but this one, which was led back to be tried again.

        Or else one that this one waits for, as events do in one batch: they cannot wait for each other.
        """
        if self.acknowledgement is None or event.acknowledgement is None:
            return False
        return event.acknowledgement.is_linked_to(self.acknowledgement)

    def bind(self, event: Event) -> None:
        """Let a duplicate's acknowledgement wait for this event's, unless that has settled."""
        if self.acknowledgement is not None and event.acknowledgement is not None:
            self.acknowledgement.link_to(event.acknowledgement)
