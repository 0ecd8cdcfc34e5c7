"""{{ cookiecutter.__sentence }}."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wishbone.module import FlowModule

if TYPE_CHECKING:
    from wishbone.actor import ActorConfig
    from wishbone.event import Event

__all__ = ["{{ cookiecutter.__class }}"]


class {{ cookiecutter.__class }}(FlowModule):
    """{{ cookiecutter.__sentence }}.

    Events with a key go to `matched`, all others to `other`.

        modules:
          input:
            module: wishbone.input.generator
            arguments: {payload: {user: me}, interval: 0, count: 3}
          flow:
            module: wishbone.flow.{{ cookiecutter.name }}
            arguments: {key: data.user}
          stdout:
            module: wishbone.output.stdout
        routingtable:
          - input.outbox -> flow.inbox
          - flow.matched -> stdout.inbox

    Args:
        key: The key to look for.

    Queues:
        inbox: The events to separate.
        matched: Events with the key.
        other: Events without it.
    """

    def __init__(self, config: ActorConfig, key: str) -> None:
        """Consume `inbox`, and submit to `matched` or `other`."""
        super().__init__(config)
        self.key = key
        self._matched = self.pool.createQueue("matched")
        self._other = self.pool.createQueue("other")
        self.pool.createQueue("inbox")
        self.registerConsumer(self.consume, "inbox")

    def consume(self, event: Event) -> None:
        """Submit the event to one of the queues."""
        self.submit(event, self._matched if event.has(self.key) else self._other)
