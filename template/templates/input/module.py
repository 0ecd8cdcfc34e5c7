"""{{ cookiecutter.__sentence }}."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from msgspec import Meta

from wishbone.event import Event
from wishbone.module import InputModule

if TYPE_CHECKING:
    from wishbone.actor import ActorConfig

__all__ = ["{{ cookiecutter.__class }}"]


class {{ cookiecutter.__class }}(InputModule):
    """{{ cookiecutter.__sentence }}.

    It submits the numbers from 1 to `count`, and finishes.

        modules:
          input:
            module: wishbone.input.{{ cookiecutter.name }}
            arguments: {count: 3}
          stdout:
            module: wishbone.output.stdout
        routingtable:
          - input.outbox -> stdout.inbox

    Args:
        count: The number of events.

    Queues:
        outbox: Events with a number as payload.
    """

    def __init__(self, config: ActorConfig, count: Annotated[int, Meta(ge=0)] = 10) -> None:
        """Submit events to `outbox`."""
        super().__init__(config)
        self.count = count
        self._submitted = 0
        self._outbox = self.pool.createQueue("outbox")

    def preHook(self) -> None:
        """Start in the background."""
        self.sendToBackground(self.produce)

    def produce(self) -> None:
        """Submit events until all are submitted, or the module must stop."""
        while self._submitted < self.count and self.loop():
            self._submitted += 1
            self.submit(Event(self._submitted), self._outbox)
