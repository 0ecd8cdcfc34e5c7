"""A server that prints the lines of a child, to be killed by a test."""

from __future__ import annotations

import sys

from gevent import monkey

monkey.patch_all()

from wishbone import ActorConfig, Event  # noqa: E402 - patch before importing
from wishbone.module import OutputModule  # noqa: E402
from wishbone.router import Default  # noqa: E402
from wishbone_input_process import Process  # noqa: E402


class Print(OutputModule):
    """Prints the payload of each event."""

    def __init__(self, config: ActorConfig) -> None:
        super().__init__(config)
        self.pool.createQueue("inbox")
        self.registerConsumer(self.consume, "inbox")

    def consume(self, event: Event) -> None:
        print(event.data, flush=True)


router = Default()
program = "import os, time; print(os.getpid(), flush=True); print('up', flush=True); time.sleep(600)"
router.registerModule(Process, "process", {"command": [sys.executable, "-c", program]})
router.registerModule(Print, "print")
router.connectQueue("process.outbox", "print.inbox")
router.start()
router.block()
