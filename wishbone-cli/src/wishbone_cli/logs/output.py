"""LogOutput: the module that writes the logs of all others."""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING, cast

from gevent import sleep, with_timeout

from wishbone import clock
from wishbone.actor import ActorConfig
from wishbone.event import Log
from wishbone.logging import shorten
from wishbone.module import OutputModule
from wishbone_cli.bootstrap.model import RESERVED
from wishbone_cli.logs.deduplicator import Deduplicator
from wishbone_cli.logs.destination import Destination, open_destination

if TYPE_CHECKING:
    from collections.abc import Callable

    from wishbone.event import Event
    from wishbone.router import Default

NAME = f"{RESERVED}_logs"
"""The module's name, which bootstrap files cannot use."""

QUEUE_SIZE = 1_000
"""Logs that are kept for each module while they cannot be written as fast as they arrive."""

FINAL_LOGS_SECONDS = 1.0
"""Seconds that writing the last logs may take when the pipeline stops."""

FLUSH_SECONDS = 0.02
"""Seconds until logs that the destination did not take are sent again."""

WARNING = 4


class LogOutput(OutputModule, dynamic_inputs=True):
    """Writes logs, one line each.

    Repeated messages are counted instead. When the reader has gone, it stops the pipeline.

    Args:
        destination: `stdout`, `stderr` or `syslog`.
        form: `text` or `json`.
        level: The least severe level that is written, from 0 (emergency) to 7 (debug).

    Queues:
        <any name>: The logs of a module.
    """

    def __init__(
        self,
        config: ActorConfig,
        destination: str = "stdout",
        form: str = "text",
        level: int = 7,
    ) -> None:
        """Take logs from queues of any name."""
        super().__init__(config)
        self.destination = destination
        self.form = form
        self.level = level
        self.reader_gone = False
        self._deduplicator = Deduplicator()
        self._destination = Destination(print)
        self._unwritten = 0
        self._reported = 0

    def preHook(self) -> None:
        """Open the destination, and consume every queue that was connected."""
        self._destination = open_destination(self.destination, self.form)
        for name in self.pool.listQueues(names=True, default=False):
            self.registerConsumer(self.consume, name)
        self.sendToBackground(self.report_repeats)
        self.sendToBackground(self.flush_regularly)

    def consume(self, event: Event) -> None:
        """Write a log, unless it is below the level or repeats too often."""
        log = event.data
        if not isinstance(log, Log):
            log = Log(event.timestamp, 6, 0, "unknown", shorten(repr(log)))
        if log.level <= self.level:
            for shown in self._deduplicator.filter(log, clock.monotonic()):
                self._show(shown)

    def report_repeats(self) -> None:
        """Write the counts of repeated and lost logs every second, and at the end the last logs.

        It is killed when the pipeline stops at once, and writes the last logs then too.
        """
        try:
            while self.sleep(1):
                self._show_counts(clock.monotonic())
        finally:
            with_timeout(FINAL_LOGS_SECONDS, self._write_all, timeout_value=None)

    def flush_regularly(self) -> None:
        """Send the logs that the destination did not take at once."""
        while self.sleep(1 if self._destination.flush() else FLUSH_SECONDS):
            pass

    def postHook(self) -> None:
        """Write the last counts, and give the destination a second to take what waits."""
        with_timeout(FINAL_LOGS_SECONDS, self._finish, timeout_value=None)
        self._destination.close()

    def _finish(self) -> None:
        self._show_counts(float("inf"))
        while not self._destination.flush():
            sleep(FLUSH_SECONDS)

    def _show_counts(self, now: float) -> None:
        for log in self._deduplicator.expire(now):
            self._show(log)
        dropped = sum(queue.dropped_total for queue in self.pool.listQueues(default=False))
        lost = dropped + self._unwritten - self._reported
        if lost and self.level >= WARNING:
            message = f"{lost} logs were lost: they could not be written."
            if self._show(Log(clock.time(), WARNING, os.getpid(), NAME, message)):
                self._reported += lost

    def _write_all(self) -> None:
        for queue in self.pool.listQueues(default=False):
            while not queue.empty():
                self.consume(queue.get(block=False))

    def _show(self, log: Log) -> bool:
        """Write a log, and return whether it was written."""
        if self.reader_gone:
            return False
        try:
            self._destination.write(log)
        except OSError as error:
            # A pipe without a reader, or a terminal that was closed.
            if error.errno in {errno.EPIPE, errno.EIO}:
                self.reader_gone = True
                self.stopPipeline("the reader of the logs has gone")
            else:  # a full disk
                self._unwritten += log.module != NAME
            return False
        return True


def connect_logs(
    router: Default, destination: str, form: str, level: int, hide: Callable[[str], str]
) -> LogOutput | None:
    """Add a module that writes the logs of modules whose `logs` queue the bootstrap file does not connect.

    Secrets are hidden in every module, so that a route for logs does not disclose them either.

    Args:
        router: A router whose modules are built and connected.
        destination: `stdout`, `stderr`, `syslog` or `none`.
        form: `text` or `json`.
        level: The least severe level that is written.
        hide: Replaces secrets in a text.

    Returns:
        The module; None if the destination is `none`.
    """
    for module in router.modules.values():
        module.logging.hide_secrets(hide)
    if destination == "none":
        return None
    modules = list(router.modules.values())
    arguments = {"destination": destination, "form": form, "level": level}
    output = cast("LogOutput", router.registerModule(LogOutput, ActorConfig(NAME, QUEUE_SIZE), arguments))
    for module in modules:
        if module.pool.queue.logs.destination is None:
            module.connect("logs", output, f"of_{module.name}")
    return output
