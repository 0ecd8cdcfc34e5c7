"""Counts events, and reports the events per second."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Annotated, Literal

from gevent.hub import get_hub
from msgspec import Meta

from wishbone import clock
from wishbone.module import OutputModule

if TYPE_CHECKING:
    from wishbone.actor import ActorConfig
    from wishbone.event import Event

__all__ = ["Throughput"]


class Throughput(OutputModule):
    """Counts events, and reports the events per second.

    It reports at an interval (`152034.2 events/s, 1520342 so far`), and when it stops for the whole time
    since it started (`3000000 events in 19.7 s, 152284.3 events/s`). Put it at the end of a pipeline to
    measure the modules before it.

        modules:
          input:
            module: wishbone.input.generator
            arguments: {payload: hello, interval: 0, count: 100000}
          throughput:
            module: wishbone.output.throughput
            arguments: {interval: 1, target: stdout}
        routingtable:
          - input.outbox -> throughput.inbox

    Args:
        interval: Seconds between two reports.
        target: Where the reports go: to the logs of the module (`log`, severity info), or to standard output
            (`stdout`). The pipeline stops when the reader of standard output is gone.

    Queues:
        inbox: The events to count.
    """

    def __init__(
        self,
        config: ActorConfig,
        interval: Annotated[float, Meta(gt=0, le=1e9)] = 10,
        target: Literal["log", "stdout"] = "log",
    ) -> None:
        super().__init__(config)
        self.interval = interval
        self.target = target
        self.total = 0
        self._started = 0.0
        self.pool.createQueue("inbox")
        self.registerConsumer(self.consume, "inbox")

    def preHook(self) -> None:
        """Start to measure."""
        self._started = clock.monotonic()
        self.sendToBackground(self.report)

    def consume(self, event: Event) -> None:  # noqa: ARG002 - it is only counted
        """Count the event."""
        self.total += 1

    def report(self) -> None:
        """Report the rate of each interval."""
        before, began = 0, self._started
        while self.sleep(self.interval):
            total, now = self.total, clock.monotonic()
            self._report(f"{(total - before) / (now - began):.1f} events/s, {total} so far")
            before, began = total, now

    def postHook(self) -> None:
        """Report the totals."""
        seconds = clock.monotonic() - self._started
        self._report(
            f"{self.total} events in {seconds:.1f} s, {self.total / max(seconds, 1e-9):.1f} events/s"
        )

    def _report(self, text: str) -> None:
        if self.target == "log":
            self.logging.info(text)
            return
        # In a thread, because the reader of a pipe can be slow.
        printed = get_hub().threadpool.apply(_print, (f"{self.name}: {text}",))
        if not printed and self.loop():
            self.stopPipeline("The reader of stdout is gone.")


def _print(text: str) -> bool:
    """Print a line, and return whether standard output still has a reader."""
    try:
        sys.stdout.write(f"{text}\n")
        sys.stdout.flush()
    except BrokenPipeError:
        # Replace standard output: Python would report the same error when it flushes it at exit.
        devnull = os.open(os.devnull, os.O_WRONLY)
        os.dup2(devnull, sys.stdout.fileno())
        os.close(devnull)
        return False
    return True
