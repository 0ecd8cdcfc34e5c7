"""Routes each event to the queue whose condition it meets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from wishbone.arguments import Expression
from wishbone.error import ConfigError, QueueConnected, ReservedName
from wishbone.module import FlowModule

if TYPE_CHECKING:
    from wishbone.actor import ActorConfig
    from wishbone.event import Event
    from wishbone.queue import Queue

__all__ = ["Switch"]


class Switch(FlowModule):
    """Routes each event to the queue whose condition it meets.

    The conditions are evaluated in the order of the file. An event goes to the queue of the first condition
    that it meets, or with `matches: all` to the queue of each. An event that meets none goes to `default`. A
    queue that is not connected drops its events.

    A condition is a Jinja2 expression about the event: `data.status >= 500`, `'audit' in tags`,
    `data.name is defined and data.name.startswith('db')`.

        modules:
          input:
            module: wishbone.input.generator
            arguments: {payload: {status: 503}, interval: 0, count: 3}
          switch:
            module: wishbone.flow.switch
            arguments:
              conditions:
                errors: data.status >= 500
                redirects: data.status in (301, 302, 307, 308)
          errors:
            module: wishbone.output.stdout
            arguments: {stream: stderr}
          rest:
            module: wishbone.output.stdout
        routingtable:
          - input.outbox -> switch.inbox
          - switch.errors -> errors.inbox
          - switch.default -> rest.inbox

    An event fails when a condition cannot be evaluated, for example because a key is missing. Write
    `data.status is defined and ...` for a key that may be missing.

    Args:
        conditions: An expression for each queue, by the queue's name.
        matches: Whether an event goes to the `first` queue whose condition it meets, or to `all` of them.
            With `all`, each queue gets a copy that shares nothing with the others.

    Queues:
        inbox: The events to route.
        <name of a condition>: The events that meet the condition.
        default: The events that meet no condition.
    """

    def __init__(
        self,
        config: ActorConfig,
        conditions: dict[str, Expression],
        matches: Literal["first", "all"] = "first",
    ) -> None:
        super().__init__(config)
        if not conditions:
            message = f"The arguments of module {self.name!r} are wrong. conditions: give at least one."
            raise ConfigError(message)
        self.conditions = conditions
        self.matches = matches
        self.pool.createQueue("inbox")
        self.registerConsumer(self._send_to_first if matches == "first" else self._send_to_all, "inbox")
        self._default = self.pool.createQueue("default")
        self._cases = [(condition, self._create_queue(name)) for name, condition in conditions.items()]

    def _send_to_first(self, event: Event) -> None:
        for condition, queue in self._cases:
            if condition.evaluate(event):
                self.submit(event, queue)
                return
        self.submit(event, self._default)

    def _send_to_all(self, event: Event) -> None:
        """Evaluate all conditions before sending a copy, so that an event that fails is not sent anywhere."""
        queues = [queue for condition, queue in self._cases if condition.evaluate(event)]
        *others, last = queues or [self._default]
        for clone, queue in zip(event.clones(len(others)), others, strict=True):
            self.submit(clone, queue)
        self.submit(event, last)

    def _create_queue(self, name: str) -> Queue:
        try:
            return self.pool.createQueue(name)
        except (QueueConnected, ReservedName) as error:
            message = f"The arguments of module {self.name!r} are wrong. conditions: {error}"
            raise ConfigError(message) from error
