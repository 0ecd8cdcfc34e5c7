"""Counts events while standard output is a full pipe that is not read."""

from __future__ import annotations

import fcntl
import os
import sys

from wishbone_output_throughput import Throughput
from wishbone_testing import Harness, wait_until

fcntl.fcntl(1, fcntl.F_SETPIPE_SZ, 4096)
os.write(1, b"x" * 4095 + b"\n")
with Harness(Throughput, {"interval": 0.01, "target": "stdout"}, name="throughput") as harness:
    wait_until(lambda: harness.module.total >= 1 or harness.feed("x"))
    for number in range(5000):
        harness.feed(number)
    wait_until(lambda: harness.module.total >= 5000)
    print("all counted", file=sys.stderr, flush=True)
