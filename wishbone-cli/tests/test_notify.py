from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys

import pytest

from wishbone_testing import wait_until

TIMEOUT = 60
PIPELINE = """
modules:
  input:
    module: wishbone.input.generator
    arguments: {payload: hello, interval: 0.01}
  printer:
    module: wishbone.output.printer
routingtable:
  - input.outbox -> printer.inbox
"""

FIRST_PROCESS = """
import os, subprocess, sys
# The shell in between ends at once, so that what it started has this process as its parent.
subprocess.run(["sh", "-c", "sleep 0 & echo $! >orphan"], check=True)
from wishbone_cli.main import main
sys.argv = ["wishbone", "debug", "-c", "pipeline.yaml"]
main()
"""


class Manager:
    """The socket of a service manager."""

    def __init__(self, address) -> None:
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.settimeout(TIMEOUT)
        self.socket.bind(address)

    def receive(self):
        return self.socket.recv(4096).decode()

    def receive_rest(self):
        self.socket.setblocking(False)
        received = []
        try:
            while True:
                received.append(self.receive())
        except BlockingIOError:
            return received


@pytest.fixture
def manager(monkeypatch, tmp_path):
    manager = Manager(str(tmp_path / "notify"))
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
    yield manager
    manager.socket.close()


def test_a_service_manager_learns_of_start_life_and_stop(modules, manager, monkeypatch):
    monkeypatch.setenv("WATCHDOG_USEC", "20000")
    modules.write("pipeline.yaml", PIPELINE)
    process = modules.start("debug", "-c", "pipeline.yaml", stdout=subprocess.DEVNULL)
    assert [manager.receive() for _ in range(3)] == ["READY=1", "WATCHDOG=1", "WATCHDOG=1"]
    process.send_signal(signal.SIGTERM)
    assert process.wait(TIMEOUT) == 0
    assert manager.receive_rest().count("STOPPING=1") == 1


def test_an_abstract_socket_is_notified(modules, monkeypatch):
    address = f"wishbone-test-{os.getpid()}"
    manager = Manager(f"\0{address}")
    monkeypatch.setenv("NOTIFY_SOCKET", f"@{address}")
    modules.write("pipeline.yaml", PIPELINE.replace("interval: 0.01", "interval: 0, count: 1"))
    assert modules.run("debug", "-c", "pipeline.yaml").returncode == 0
    assert manager.receive_rest() == ["READY=1", "STOPPING=1"]
    manager.socket.close()


def test_a_watchdog_of_another_process_is_left_alone(modules, manager, monkeypatch):
    monkeypatch.setenv("WATCHDOG_USEC", "20000")
    monkeypatch.setenv("WATCHDOG_PID", "1")
    modules.write("pipeline.yaml", PIPELINE.replace("interval: 0.01", "interval: 0.1, count: 2"))
    assert modules.run("debug", "-c", "pipeline.yaml").returncode == 0
    assert manager.receive_rest() == ["READY=1", "STOPPING=1"]


def test_a_pipeline_that_cannot_start_is_not_ready(modules, manager):
    modules.write("pipeline.yaml", PIPELINE.replace("output.printer", "function.breaking"))
    assert modules.run("debug", "-c", "pipeline.yaml").returncode == 1
    assert "READY=1" not in manager.receive_rest()


def test_a_service_manager_that_has_gone_causes_a_warning(modules, monkeypatch, tmp_path):
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "nobody"))
    modules.write("pipeline.yaml", PIPELINE.replace("interval: 0.01", "interval: 0, count: 1"))
    result = modules.run("debug", "-c", "pipeline.yaml")
    assert result.returncode == 0
    assert "Warning: READY=1 cannot be sent to NOTIFY_SOCKET" in result.stderr


def _can_be_first() -> bool:
    probe = subprocess.run(
        ["unshare", "--pid", "--fork", "--mount-proc", "true"], capture_output=True, check=False
    )
    return probe.returncode == 0


@pytest.mark.skipif(
    sys.platform != "linux" or not _can_be_first(), reason="no pid namespace of one's own is allowed here"
)
def test_the_first_process_of_a_container_reaps_orphans_and_heeds_signals(modules):
    modules.write("pipeline.yaml", PIPELINE)
    process = subprocess.Popen(
        ["unshare", "--pid", "--fork", "--mount-proc", "--kill-child", sys.executable, "-c", FIRST_PROCESS],
        cwd=modules.work,
        env=modules.environment(),
        stdout=subprocess.PIPE,
        text=True,
    )
    modules.processes.append(process)
    assert process.stdout.readline() == "got hello\n"
    (first,) = _children(process.pid)
    # Only the first process can take the orphan's exit code.
    wait_until(lambda: _children(first) == [], "the orphan to be reaped", TIMEOUT)
    os.kill(first, signal.SIGTERM)
    assert process.stdout.read().endswith("closed\n")
    assert process.wait(TIMEOUT) == 0


def _children(pid):
    result = subprocess.run(
        ["ps", "-o", "pid=", "--ppid", str(pid)], capture_output=True, text=True, check=False
    )
    return [int(child) for child in result.stdout.split()]
