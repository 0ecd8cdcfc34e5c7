"""Files of a server beside files that other users made: links, pipes, hard links, forged pid files."""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
from contextlib import contextmanager

import pytest

from wishbone_cli.server.pid_file import PidFile
from wishbone_cli.server.status import read_statuses, remove_statuses, status_path, write_status
from wishbone_testing import wait_until

TIMEOUT = 60
COMMANDS = ("start", "stop", "kill", "status")
OTHER_USER = 65534
root_only = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file to another user")


@pytest.fixture
def victim(tmp_path):
    """A file that no command may change or remove."""
    path = tmp_path / "victim"
    path.write_text("4711\n")
    yield path
    assert path.read_text() == "4711\n"


def run(server, command, path="mine.pid"):
    files = ("--config", "pipeline.yaml") if command == "start" else ()
    return server.installation.run(command, *files, "--pid", str(path))


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("target", ["victim", "missing"])
def test_a_symbolic_link_is_not_followed(server, victim, command, target):
    link = server.installation.work / "mine.pid"
    link.symlink_to(victim.with_name(target))
    result = run(server, command)
    assert result.returncode == 1
    assert "it is a symbolic link" in result.stderr
    assert link.is_symlink()
    assert not victim.with_name("missing").exists()


def test_a_link_to_a_folder_is_followed(server):
    (server.installation.work / "real").mkdir()
    (server.installation.work / "link").symlink_to("real")
    assert run(server, "start", "link/mine.pid").returncode == 0
    assert (server.installation.work / "real" / "mine.pid").exists()
    assert run(server, "stop", "link/mine.pid").returncode == 0


@pytest.mark.parametrize("command", COMMANDS)
def test_a_pipe_does_not_hang_a_command(server, command):
    os.mkfifo(server.installation.work / "mine.pid")
    result = run(server, command)
    assert result.returncode == 1
    assert "is not a pid file" in result.stderr
    assert "Traceback" not in result.stderr


def test_a_hard_link_is_refused(server, victim):
    os.link(victim, server.installation.work / "mine.pid")
    result = run(server, "start")
    assert result.returncode == 1
    assert "has a second name (hard link)" in result.stderr


@root_only
def test_a_file_of_another_user_is_refused(server):
    path = server.installation.write("mine.pid", "4711\n")
    os.chown(path, OTHER_USER, OTHER_USER)
    result = run(server, "start")
    assert result.returncode == 1
    assert "belongs to another user" in result.stderr
    assert path.read_text() == "4711\n"


@contextmanager
def forged(path, kind):
    """A process that runs, and a pid file that names it, whose lock this process holds."""
    stranger = subprocess.Popen(["sleep", "3600"])
    path.write_text(f"{stranger.pid}\n")
    try:
        with path.open() as file:
            fcntl.flock(file, kind)
            yield stranger
    finally:
        stranger.kill()
        stranger.wait(TIMEOUT)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux says which process holds a lock")
@pytest.mark.parametrize(
    ("kind", "cause"), [(fcntl.LOCK_SH, "does not run"), (fcntl.LOCK_EX, "not as pid {} of this system")]
)
@pytest.mark.parametrize("command", ["stop", "kill"])
def test_a_stranger_that_a_pid_file_names_is_not_killed(server, command, kind, cause):
    with forged(server.installation.work / "mine.pid", kind) as stranger:
        result = run(server, command)
        assert result.returncode == 1
        assert cause.format(stranger.pid) in result.stderr
        assert stranger.poll() is None


def test_a_file_without_a_lock_kills_no_one(server):
    stranger = subprocess.Popen(["sleep", "3600"])
    server.installation.write("mine.pid", f"{stranger.pid}\n")
    result = run(server, "stop")
    assert (result.returncode, "does not run" in result.stderr) == (1, True)
    assert stranger.poll() is None
    stranger.kill()
    stranger.wait(TIMEOUT)


def test_others_cannot_open_a_pid_file(server):
    path = server.installation.write("mine.pid", "")
    path.chmod(0o666)
    run(server, "start")
    assert path.stat().st_mode & 0o777 == 0o600
    assert run(server, "stop").returncode == 0


def test_a_replacement_of_the_pid_file_is_not_removed(tmp_path):
    pid_file = PidFile(tmp_path / "mine.pid")
    pid_file.take()
    pid_file.path.rename(tmp_path / "elsewhere")
    pid_file.path.write_text("other")
    pid_file.release()
    assert pid_file.path.read_text() == "other"


def test_the_pid_file_of_a_full_disk_is_an_error_and_is_removed(tmp_path, monkeypatch):
    import click

    def refuse(*_):
        raise OSError(28, "No space left on device")

    pid_file = PidFile(tmp_path / "mine.pid")
    monkeypatch.setattr(os, "pwrite", refuse)
    with pytest.raises(click.ClickException, match="No space left on device"):
        pid_file.take()
    assert not pid_file.path.exists()


@pytest.mark.parametrize("name", ["mine.pid.1.status", "mine.pid.1.status.new", "mine.pid.7.status"])
@pytest.mark.parametrize("make", ["link", "pipe", "text", "json"])
def test_what_has_the_name_of_a_status_harms_nothing(server, victim, name, make):
    path = server.installation.work / name
    if make == "link":
        path.symlink_to(victim)
    elif make == "pipe":
        os.mkfifo(path)
    else:
        path.write_text("[]" if make == "json" else "no status")
    assert run(server, "start").returncode == 0
    wait_until(lambda: server.recorded("event"), "events", TIMEOUT)
    if not path.exists():  # removed at the start, so put it there again
        path.write_text("no status") if make != "pipe" else os.mkfifo(path)
    shown = run(server, "status")
    assert shown.returncode == 0, shown.stderr
    stopped = run(server, "stop")
    assert (stopped.returncode, stopped.stderr) == (0, "")


@root_only
def test_a_status_of_another_user_is_neither_read_nor_removed(tmp_path):
    pid_file = tmp_path / "mine.pid"
    pid_file.touch()
    names = ("instance", "pid", "since", "restarts", "in", "out", "failed", "left", "uptime", "updated")
    status = dict.fromkeys((*names, "clock"), 1)
    own, foreign = status_path(pid_file, 1), status_path(pid_file, 2)
    write_status(own, status)
    write_status(foreign, status)
    os.chown(foreign, OTHER_USER, OTHER_USER)
    assert read_statuses(pid_file) == [status]
    remove_statuses(pid_file)
    assert (own.exists(), foreign.exists()) == (False, True)


def test_a_worker_touches_no_file_that_a_link_names(tmp_path):
    """The pid file is touched every second, and may have been replaced."""
    from types import SimpleNamespace

    from wishbone.router import Default
    from wishbone_cli.server.worker import StatusReporter

    victim, link = tmp_path / "victim", tmp_path / "mine.pid"
    victim.touch()
    os.utime(victim, (0, 0))
    link.symlink_to(victim)
    instance = SimpleNamespace(number=1, restarts=SimpleNamespace(total=0))
    StatusReporter(Default(), instance, link).report()
    assert victim.stat().st_mtime == 0
