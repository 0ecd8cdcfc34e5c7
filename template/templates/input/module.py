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

    It counts from 1, and finishes when it has counted far enough.

        modules:
          input:
            module: wishbone.input.{{ cookiecutter.name }}
            arguments: {count: 3}
          stdout:
            module: wishbone.output.stdout
        routingtable:
          - input.outbox -> stdout.inbox

    Args:
        count: How many events to make.

    Queues:
        outbox: The events, each a number.
    """

    def __init__(self, config: ActorConfig, count: Annotated[int, Meta(ge=0)] = 10) -> None:
        """Bring events out by `outbox`."""
        super().__init__(config)
        self.count = count
        self._made = 0
        self._outbox = self.pool.createQueue("outbox")

    def preHook(self) -> None:
        """Start to make events."""
        self.sendToBackground(self.produce)

    def produce(self) -> None:
        """Make events until there were enough of them, or the module is to stop."""
        while self._made < self.count and self.loop():
            self._made += 1
            self.submit(Event(self._made), self._outbox)
