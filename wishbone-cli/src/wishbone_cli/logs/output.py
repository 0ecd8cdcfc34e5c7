"""LogOutput: the module that writes what all the others log."""

from __future__ import annotations

import errno
from time import time
from typing import TYPE_CHECKING

from gevent import with_timeout

from wishbone.actor import ActorConfig
from wishbone.event import Log
from wishbone.module import OutputModule
from wishbone_cli.bootstrap.definition import RESERVED
from wishbone_cli.logs.destination import open_destination
from wishbone_cli.logs.repeats import Repeats

if TYPE_CHECKING:
    from collections.abc import Callable

    from wishbone.actor import Actor
    from wishbone.event import Event
    from wishbone.router import Default

NAME = f"{RESERVED}_logs"
"""The module's name, which no bootstrap file can give to a module of its own."""

QUEUE_SIZE = 1_000
"""How many logs are kept for each module while they cannot be written as fast as they come."""


LAST_WORDS_SECONDS = 1.0
"""Seconds that writing the last logs may take when the pipeline stops at once."""


class LogOutput(OutputModule, dynamic_inputs=True):
    """Writes logs, one line each.

    What repeats is left out and counted. When nobody reads any more, it stops the pipeline.

    Args:
        destination: `stdout`, `stderr` or `syslog`.
        form: `text` or `json`.
        level: The least severe level that is written: 0 (emergency) to 7 (debug).

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
        self.abandoned = False
        self._repeats = Repeats()
        self._write: Callable[[Log], object] = print

    def preHook(self) -> None:
        """Open the destination, and consume every queue that was connected."""
        self._write = open_destination(self.destination, self.form)
        for name in self.pool.listQueues(names=True, default=False):
            self.registerConsumer(self.consume, name)
        self.sendToBackground(self.tell_repeats)

    def consume(self, event: Event) -> None:
        """Write a log, unless it is below the level or repeats too often."""
        log = event.data
        if not isinstance(log, Log):
            log = Log(event.timestamp, 6, 0, "unknown", repr(log))
        if log.level <= self.level:
            for shown in self._repeats.pass_on(log):
                self._show(shown)

    def tell_repeats(self) -> None:
        """Log, every second, how many logs were left out. At the end, write what has come by then.

        Killed, because there is no time for anything else, it writes the last logs all the same.
        """
        try:
            while self.sleep(1):
                for log in self._repeats.expire(time()):
                    self._show(log)
        finally:
            with_timeout(LAST_WORDS_SECONDS, self._write_all, timeout_value=None)

    def postHook(self) -> None:
        """Say what was left out at last."""
        for log in self._repeats.expire(float("inf")):
            self._show(log)

    def _write_all(self) -> None:
        for queue in self.pool.listQueues(default=False):
            while not queue.empty():
                self.consume(queue.get(block=False))

    def _show(self, log: Log) -> None:
        if self.abandoned:
            return
        try:
            self._write(log)
        except OSError as error:
            # A pipe without a reader, a terminal that was closed: the rest is for nobody.
            if error.errno not in {errno.EPIPE, errno.EIO}:
                raise
            self.abandoned = True
            self.stopPipeline("nobody reads the logs any more")


def connect_logs(
    router: Default, destination: str, form: str, level: int, hide: Callable[[str], str]
) -> Actor | None:
    """Let one more module write what the others log, where the bootstrap file says nothing else.

    Secrets are taken out where a module says them, so that no route can lead them elsewhere.

    Args:
        router: Holds the modules, all of them built and connected.
        destination: `stdout`, `stderr`, `syslog` or `none`.
        form: `text` or `json`.
        level: The least severe level that is written.
        hide: Takes secrets out of a text.

    Returns:
        The module, if there is one now.
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
