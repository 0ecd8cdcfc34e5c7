"""A server with a child, to be killed by a test."""

from __future__ import annotations

import sys

from gevent import monkey

monkey.patch_all()

from wishbone import ActorConfig  # noqa: E402 - what is patched must be patched first
from wishbone.router import Default  # noqa: E402 - what is patched must be patched first
from wishbone_input_process import Process  # noqa: E402 - what is patched must be patched first

router = Default()
program = "import time; print('up', flush=True); time.sleep(600)"
arguments = {"command": [sys.executable, "-c", f"import os; print(os.getpid(), flush=True); {program}"]}
module = router.registerModule(Process, ActorConfig("process"), arguments)
module.submit = lambda event, queue: print(event.data, flush=True)
router.start()
router.block()
