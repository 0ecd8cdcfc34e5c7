from __future__ import annotations

import resource
import sys
from contextlib import ExitStack
from pathlib import Path

import pytest
from gevent import socket
from programs import running

HERE = Path(__file__).parent

MOST_BYTES = 4000
"""What a quiet connection may cost; a greenlet for each would cost more."""

LIMITED = ("sh", "-c", 'ulimit -Sn 256 && exec "$@"', "sh")
"""Runs a program with the soft limit of open files that some systems have."""

FEW = """
from wishbone_input_socket import Tcp
from wishbone_testing import Harness, wait_until

with Harness(Tcp, {"port": 0}) as tcp:
    print(wait_until(lambda: [text for text in tcp.messages() if "'max_connections'" in text]))
"""


def test_warns_when_the_system_allows_fewer_connections():
    with running("sh", "-c", 'ulimit -n 256 && exec "$@"', "sh", sys.executable, "-c", FEW) as few:
        said = few.stdout.read().decode()
    assert "The system allows 192 connections, not the 1000 of 'max_connections'" in said


FULL = """
import os
from wishbone_input_socket import Tcp
from wishbone_testing import Harness, wait_until

with Harness(Tcp, {"port": 0}) as tcp:
    print(tcp.module.addresses[0].port, flush=True)
    server = tcp.module.server
    wait_until(lambda: server.limiter.refused.total >= 30, timeout=30)
    for _ in range(32):
        os.open(os.devnull, os.O_RDONLY)
    print(len(server.connections), flush=True)
"""


def test_leaves_descriptors_to_other_modules_when_it_is_full():
    with running("sh", "-c", 'ulimit -n 256 && exec "$@"', "sh", sys.executable, "-c", FULL) as full:
        port = int(full.stdout.readline())
        with ExitStack() as stack:
            for _ in range(192 + 30):
                stack.enter_context(socket.create_connection(("127.0.0.1", port), 30))
            assert full.stdout.readline() == b"192\n"


@pytest.mark.parametrize("count", [1000, pytest.param(10_000, marks=pytest.mark.long)])
def test_quiet_connections_are_cheap_and_do_not_delay_others(count):
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < count + 100:
        pytest.skip(f"needs {count + 100} open files, and the hard limit is {hard}: ulimit -Hn")
    with running(*LIMITED, sys.executable, "-W", "error", HERE / "server_process.py", count + 1) as server:
        port = int(server.stdout.readline())
        with (
            running(sys.executable, HERE / "many_clients.py", port, count),
            socket.create_connection(("127.0.0.1", port), 30) as another,
        ):
            cost = server.stdout.readline()
            assert int(cost) < MOST_BYTES, cost
            another.sendall(b"hello\n")
            assert server.stdout.readline() == b"heard\n"
