from __future__ import annotations

import resource
import sys
from pathlib import Path

import pytest
from gevent import socket
from programs import running

HERE = Path(__file__).parent

MOST_BYTES = 4000
"""What a quiet connection may cost: a greenlet for each would cost more alone."""


@pytest.mark.parametrize("count", [1000, pytest.param(10_000, marks=pytest.mark.long)])
def test_quiet_connections_are_cheap_and_hold_nobody_up(count):
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < count + 100:
        pytest.skip(f"needs {count + 100} open files, and the hard limit is {hard}: ulimit -Hn")
    with running(sys.executable, "-W", "error", HERE / "hall.py", count + 1) as hall:
        port = int(hall.stdout.readline())
        with (
            running(sys.executable, HERE / "crowd.py", port, count),
            socket.create_connection(("127.0.0.1", port), 30) as another,
        ):
            answer = hall.stdout.readline()
            assert int(answer) < MOST_BYTES, answer
            another.sendall(b"hello\n")
            assert hall.stdout.readline() == b"heard\n"
