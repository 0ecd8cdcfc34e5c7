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

    It parts the events that have a key from those that have not.

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
        inbox: The events to part.
        matched: Those that have the key.
        other: Those that have not.
    """

    def __init__(self, config: ActorConfig, key: str) -> None:
        """Take events from `inbox`, and bring them out by `matched` or `other`."""
        super().__init__(config)
        self.key = key
        self._matched = self.pool.createQueue("matched")
        self._other = self.pool.createQueue("other")
        self.pool.createQueue("inbox")
        self.registerConsumer(self.consume, "inbox")

    def consume(self, event: Event) -> None:
        """Decide where the event goes."""
        self.submit(event, self._matched if event.has(self.key) else self._other)
