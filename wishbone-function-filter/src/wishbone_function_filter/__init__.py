"""Passes on the events for which an expression is true."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wishbone.arguments import Expression
from wishbone.module import FunctionModule

if TYPE_CHECKING:
    from wishbone.actor import ActorConfig
    from wishbone.event import Event

__all__ = ["Filter"]


class Filter(FunctionModule, optional_outputs={"rest"}):
    """Passes on the events for which an expression is true.

    The expression is Jinja2, as between `{{` and `}}` in a template. It can use the fields of the event
    (`data`, `tags`, `tmp`, `timestamp`, `errors`, `ttl`, `uuid`), compare and calculate. The values 0, empty,
    null and false are not true. A payload cannot change the expression.

        modules:
          input:
            module: wishbone.input.generator
            arguments: {payload: {status: 503, path: /cart}, count: 3}
          filter:
            module: wishbone.function.filter
            arguments: {expression: data.status >= 500 and 'test' not in tags}
          stdout:
            module: wishbone.output.stdout
        routingtable:
          - input.outbox -> filter.inbox
          - filter.outbox -> stdout.inbox

    The other events are dropped, which acknowledges them, unless `rest` is connected, for example with
    `filter.rest -> other.inbox`.

    An event fails when the expression cannot be evaluated: a key is missing, or two values cannot be
    compared. Write `data.status is defined` or `data.status|default(0)` for a key that may be missing.

    Args:
        expression: The expression that must be true.

    Queues:
        inbox: The events to check.
        outbox: The events for which the expression is true.
        rest: The other events.
    """

    def __init__(self, config: ActorConfig, expression: Expression) -> None:
        super().__init__(config)
        self._evaluate = expression.evaluate
        self._outbox = self.pool.createQueue("outbox")
        self._rest = self.pool.createQueue("rest")
        self.pool.createQueue("inbox")
        self.registerConsumer(self.consume, "inbox")

    def consume(self, event: Event) -> None:
        """Submit the event to `outbox` or to `rest`."""
        self.submit(event, self._outbox if self._evaluate(event) else self._rest)
