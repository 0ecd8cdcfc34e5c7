"""LogOutput: the module that writes the logs of all others."""

from __future__ import annotations

import errno
from time import time
from typing import TYPE_CHECKING

from gevent import with_timeout

from wishbone.actor import ActorConfig
from wishbone.event import Log
from wishbone.module import OutputModule
from wishbone_cli.bootstrap.model import RESERVED
from wishbone_cli.logs.deduplicator import Deduplicator
from wishbone_cli.logs.destination import open_destination

if TYPE_CHECKING:
    from collections.abc import Callable

    from wishbone.actor import Actor
    from wishbone.event import Event
    from wishbone.router import Default

NAME = f"{RESERVED}_logs"
"""The module's name, which bootstrap files cannot use."""

QUEUE_SIZE = 1_000
"""Logs that are kept for each module while they cannot be written as fast as they arrive."""

FINAL_LOGS_SECONDS = 1.0
"""Seconds that writing the last logs may take when the pipeline stops at once."""


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
        self._write: Callable[[Log], object] = print

    def preHook(self) -> None:
        """Open the destination, and consume every queue that was connected."""
        self._write = open_destination(self.destination, self.form)
        for name in self.pool.listQueues(names=True, default=False):
            self.registerConsumer(self.consume, name)
        self.sendToBackground(self.report_repeats)

    def consume(self, event: Event) -> None:
        """Write a log, unless it is below the level or repeats too often."""
        log = event.data
        if not isinstance(log, Log):
            log = Log(event.timestamp, 6, 0, "unknown", repr(log))
        if log.level <= self.level:
            for shown in self._deduplicator.filter(log):
                self._show(shown)

    def report_repeats(self) -> None:
        """Write the counts of repeated messages every second, and at the end the last logs of all modules.

        It is killed when the pipeline stops at once, and writes the last logs then too.
        """
        try:
            while self.sleep(1):
                for log in self._deduplicator.expire(time()):
                    self._show(log)
        finally:
            with_timeout(FINAL_LOGS_SECONDS, self._write_all, timeout_value=None)

    def postHook(self) -> None:
        """Write the last counts of repeated messages."""
        for log in self._deduplicator.expire(float("inf")):
            self._show(log)

    def _write_all(self) -> None:
        for queue in self.pool.listQueues(default=False):
            while not queue.empty():
                self.consume(queue.get(block=False))

    def _show(self, log: Log) -> None:
        if self.reader_gone:
            return
        try:
            self._write(log)
        except OSError as error:
            # A pipe without a reader, or a terminal that was closed.
            if error.errno not in {errno.EPIPE, errno.EIO}:
                raise
            self.reader_gone = True
            self.stopPipeline("the reader of the logs has gone")


def connect_logs(
    router: Default, destination: str, form: str, level: int, hide: Callable[[str], str]
) -> Actor | None:
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
    output = router.registerModule(LogOutput, ActorConfig(NAME, QUEUE_SIZE), arguments)
    for module in modules:
        if module.pool.queue.logs.destination is None:
            module.connect("logs", output, f"of_{module.name}")
    return output
