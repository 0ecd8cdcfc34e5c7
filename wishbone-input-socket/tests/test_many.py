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

LIMITED = ("sh", "-c", 'ulimit -Sn 256 && exec "$@"', "sh")
"""Runs a program with the soft limit of open files that some systems have."""

FEW = """
from wishbone_input_socket import Tcp
from wishbone_testing import Harness

with Harness(Tcp, {"port": 0}) as tcp:
    print(tcp.messages())
"""


def test_says_that_the_system_allows_fewer_connections_than_it_is_to_serve():
    with running("sh", "-c", 'ulimit -n 256 && exec "$@"', "sh", sys.executable, "-c", FEW) as few:
        said = few.stdout.read().decode()
    assert "allows no more than about 192 connections, and not the 1000 of 'max_connections'" in said


@pytest.mark.parametrize("count", [1000, pytest.param(10_000, marks=pytest.mark.long)])
def test_quiet_connections_are_cheap_and_hold_nobody_up(count):
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < count + 100:
        pytest.skip(f"needs {count + 100} open files, and the hard limit is {hard}: ulimit -Hn")
    with running(*LIMITED, sys.executable, "-W", "error", HERE / "hall.py", count + 1) as hall:
        port = int(hall.stdout.readline())
        with (
            running(sys.executable, HERE / "crowd.py", port, count),
            socket.create_connection(("127.0.0.1", port), 30) as another,
        ):
            answer = hall.stdout.readline()
            assert int(answer) < MOST_BYTES, answer
            another.sendall(b"hello\n")
            assert hall.stdout.readline() == b"heard\n"
