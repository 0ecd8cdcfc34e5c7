"""{{ cookiecutter.__sentence }}."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wishbone.module import FunctionModule

if TYPE_CHECKING:
    from wishbone.actor import ActorConfig
    from wishbone.event import Event

__all__ = ["{{ cookiecutter.__class }}"]


class {{ cookiecutter.__class }}(FunctionModule):
    """{{ cookiecutter.__sentence }}.

    It sets a key of each event to a value. An event that cannot have the key fails.

        modules:
          input:
            module: wishbone.input.generator
            arguments: {payload: {}, interval: 0, count: 3}
          function:
            module: wishbone.function.{{ cookiecutter.name }}
            arguments: {key: data.greeting, value: hello}
          stdout:
            module: wishbone.output.stdout
        routingtable:
          - input.outbox -> function.inbox
          - function.outbox -> stdout.inbox

    Args:
        key: The key to set.
        value: The new value.

    Queues:
        inbox: The events to change.
        outbox: The changed events.
    """

    def __init__(self, config: ActorConfig, key: str = "data", value: Any = "hello") -> None:
        """Consume `inbox`, and submit to `outbox`."""
        super().__init__(config)
        self.key = key
        self.value = value
        self._outbox = self.pool.createQueue("outbox")
        self.pool.createQueue("inbox")
        self.registerConsumer(self.consume, "inbox")

    def consume(self, event: Event) -> None:
        """Change the event, and pass it on."""
        event.set(self.value, self.key)
        self.submit(event, self._outbox)
