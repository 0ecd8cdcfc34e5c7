"""A process that runs the server with an output that appends to a file."""

from __future__ import annotations

import os
import sys

from wishbone.actor import ActorConfig
from wishbone.module import OutputModule
from wishbone.router import Default
from wishbone_input_http import Http


class Append(OutputModule):
    """Writes each event to the file before it is done with it."""

    def __init__(self, config: ActorConfig, path: str) -> None:
        super().__init__(config)
        self.pool.createQueue("inbox")
        self.registerConsumer(self.consume, "inbox")
        self.path = path

    def preHook(self) -> None:
        self.file = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    def consume(self, event):
        os.write(self.file, b"%d\n" % event.data)


router = Default()
router.registerModule(Http, "http", {"port": int(sys.argv[1])})
router.registerModule(Append, "append", {"path": sys.argv[2]})
router.connectQueue("http.outbox", "append.inbox")
router.start()
print("started", flush=True)
router.block()
