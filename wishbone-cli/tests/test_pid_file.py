from __future__ import annotations

import fcntl
import os

import pytest

from wishbone_testing import wait_until


def test_a_second_start_is_refused(server):
    server.run("start")
    pid = server.pid
    second = server.run("start")
    assert second.returncode == 1
    assert f"It runs already, as pid {pid}" in second.stderr
    assert server.pid == pid


def test_a_file_that_is_not_a_pid_file_is_not_changed(server):
    path = server.installation.write("precious", "content")
    refused = server.run("start", "--pid", str(path))
    assert refused.returncode == 1
    assert "is not a pid file" in refused.stderr
    assert path.read_text() == "content"


@pytest.mark.parametrize("command", ["stop", "kill"])
def test_a_pid_of_another_system_is_reported(server, command):
    path = server.installation.write("mine.pid", "99999999\n")
    with path.open() as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        result = server.installation.run(command, "--pid", "mine.pid")
    assert (result.returncode, result.stderr.count("\n")) == (1, 1)
    assert "not as pid 99999999 of this system" in result.stderr


def test_a_device_is_not_a_pid_file(server):
    refused = server.run("start", "--pid", os.devnull)
    assert refused.returncode == 1
    assert "'/dev/null' is not a pid file" in refused.stderr


def test_a_pid_file_is_held_by_a_lock(server):
    path = server.installation.work / "mine.pid"
    assert server.run("start", "--pid", "mine.pid").returncode == 0
    with path.open() as file, pytest.raises(BlockingIOError):
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    assert server.installation.run("stop", "--pid", "mine.pid").returncode == 0
    assert not path.exists()


def test_the_pid_file_of_a_server_that_runs_looks_used(server):
    server.run("start")
    os.utime(server.pid_file, (0, 0))
    wait_until(lambda: server.pid_file.stat().st_mtime, "somebody to touch it", 60)
