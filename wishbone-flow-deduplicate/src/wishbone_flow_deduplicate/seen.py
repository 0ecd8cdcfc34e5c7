"""SeenKey: a key that an event has used, and the acknowledgement that its duplicates share."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wishbone.acknowledgement import Acknowledgement
    from wishbone.event import Event


class SeenKey:
    """The key of an event that passed. Its duplicates are acknowledged, or fail, with that event."""

    __slots__ = ("acknowledgement", "expires_at")

    def __init__(self, expires_at: float) -> None:
        """Remember a key.

        Args:
            expires_at: When to forget it, in seconds of the monotonic clock.
        """
        self.expires_at = expires_at
        self.acknowledgement: Acknowledgement | None = None

    def is_same(self, event: Event) -> bool:
        """Return whether an event is not a duplicate but the one that passed, back through a retry route.

        An event that the one that passed waits for, as in a batch, counts as the same: the two cannot wait
        for each other.
        """
        if self.acknowledgement is None or event.acknowledgement is None:
            return False
        return event.acknowledgement.is_linked_to(self.acknowledgement)

    def link(self, event: Event) -> None:
        """Let a duplicate settle with the event that passed, unless that has settled already."""
        if self.acknowledgement is not None and event.acknowledgement is not None:
            self.acknowledgement.link_to(event.acknowledgement)
