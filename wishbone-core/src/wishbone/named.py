"""Named: what has names, as attributes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wishbone.error import QueueMissing
from wishbone.nearest import did_you_mean

if TYPE_CHECKING:
    from wishbone.queue import Queue


class Named:
    """The queues of a pool as attributes: `pool.queue.inbox`."""

    def __init__(self, queues: dict[str, Queue]) -> None:
        """Show queues.

        Args:
            queues: By name. What is added later is seen too.
        """
        self.__dict__ = queues

    def __getattr__(self, name: str) -> Queue:
        """Tell which names there are: this one is missing."""
        message = f"There is no queue {name!r}. {did_you_mean(name, self.__dict__)}"
        raise QueueMissing(message)
