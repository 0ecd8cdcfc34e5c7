"""Passes the events on for which an expression is true."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wishbone.arguments import Expression
from wishbone.module import FunctionModule

if TYPE_CHECKING:
    from wishbone.actor import ActorConfig
    from wishbone.event import Event

__all__ = ["Filter"]


class Filter(FunctionModule, optional_outputs={"rest"}):
    """Passes the events on for which an expression is true.

    An expression is what stands between the `{{` and `}}` of a template: it names an event's fields
    (`data`, `tags`, `tmp`, `timestamp`, `errors`, `ttl`, `uuid`), compares and calculates. What is 0, empty,
    null or false is not true.

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

    The rest is dropped, which acknowledges it, unless a route leads it on: `filter.rest -> other.inbox`.

    An event fails when the expression does: when it names what the event has not, or compares what cannot
    be compared. `data.status is defined` asks first, `data.status|default(0)` has something in its place.

    Args:
        expression: What must be true.

    Queues:
        inbox: The events to look at.
        outbox: Those for which it is true.
        rest: The others.
    """

    def __init__(self, config: ActorConfig, expression: Expression) -> None:
        """Take events from `inbox`."""
        super().__init__(config)
        self._evaluate = expression.evaluate
        self._outbox = self.pool.createQueue("outbox")
        self._rest = self.pool.createQueue("rest")
        self.pool.createQueue("inbox")
        self.registerConsumer(self.consume, "inbox")

    def consume(self, event: Event) -> None:
        """Pass the event on, one way or the other."""
        self.submit(event, self._outbox if self._evaluate(event) else self._rest)
