"""Opens a number of connections, says `hello` on the last one, and waits to be killed."""

from __future__ import annotations

import resource
import socket
import sys
import time

port, count = int(sys.argv[1]), int(sys.argv[2])
_, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
resource.setrlimit(resource.RLIMIT_NOFILE, (min(count + 100, hard), hard))
peers = [socket.create_connection(("127.0.0.1", port), timeout=30) for _ in range(count)]
peers[-1].sendall(b"hello\n")
time.sleep(600)
