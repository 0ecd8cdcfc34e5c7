"""Receives over TCP in a process of its own, and prints what its connections cost."""

from __future__ import annotations

import gc
import os
import sys
from pathlib import Path

from wishbone_input_socket import Tcp
from wishbone_testing import Harness, wait_until

PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


def memory():
    gc.collect()
    return int(Path("/proc/self/statm").read_text().split()[1]) * PAGE_BYTES


count = int(sys.argv[1])
with Harness(Tcp, {"port": 0, "max_connections": count}) as tcp:
    before = memory()
    print(tcp.module.addresses[0][1], flush=True)
    tcp.receive(timeout=60)
    wait_until(lambda: len(tcp.module.server.connections) == count, timeout=60)
    print((memory() - before) // count, flush=True)
    # With all of them open, one more is still served.
    tcp.receive(timeout=60)
    print("heard", flush=True)
