"""Takes events and does nothing with them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wishbone.module import OutputModule

if TYPE_CHECKING:
    from wishbone.actor import ActorConfig
    from wishbone.event import Event

__all__ = ["Null"]


class Null(OutputModule, optional_outputs={"failed"}):
    """Takes events and does nothing with them.

    An event that comes here has been dealt with: its input is told that it succeeded. That is what
    distinguishes it from a `failed` queue that is not connected, which tells the input of the failure.

        modules:
          input:
            module: wishbone.input.generator
            arguments: {payload: hello, interval: 0, count: 3}
          nowhere:
            module: wishbone.output.null
        routingtable:
          - input.outbox -> nowhere.inbox

    Queues:
        inbox: The events to forget.
    """

    def __init__(self, config: ActorConfig) -> None:
        """Take events from `inbox`."""
        super().__init__(config)
        self.pool.createQueue("inbox")
        self.registerConsumer(self.consume, "inbox")

    def consume(self, event: Event) -> None:
        """Let the event go."""
