"""Brings the lines of a file into another one, until it is killed, stopped, or done."""

from __future__ import annotations

import os
import signal
import sys

import gevent

import wishbone_input_file
from wishbone.actor import Actor
from wishbone.router import Default
from wishbone_input_file import File

source, target, position = sys.argv[1:]
wishbone_input_file.SAVE_SECONDS = 0.02


class Append(Actor):
    """Appends each line with one write, which survives the death of the process."""

    def __init__(self, config):
        super().__init__(config)
        self.pool.createQueue("inbox")
        self.registerConsumer(self.consume, "inbox")

    def preHook(self):
        self.descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    def consume(self, event):
        os.write(self.descriptor, f"{event.data}\n".encode())
        gevent.sleep(float(os.environ.get("SECONDS_PER_LINE", "0.0001")))

    def postHook(self):
        os.fsync(self.descriptor)
        os.close(self.descriptor)


router = Default()
router.registerModule(File, "input", {"path": source, "follow": True, "poll": 0.02, "position": position})
router.registerModule(Append, "append")
router.connectQueue("input.outbox", "append.inbox")
gevent.signal_handler(signal.SIGTERM, lambda: gevent.spawn(router.stop))
router.start()
router.block()
