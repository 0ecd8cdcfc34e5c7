"""Syslog that hangs, is full, vanishes and comes back: a message never blocks, and none is lost uncounted."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path
from time import monotonic

import pytest

from wishbone_cli.logs import syslog as module
from wishbone_cli.logs.syslog import Syslog
from wishbone_testing import wait_until

TIMEOUT = 60
FRAME = re.compile(
    r"<(\d+)>[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d wishbone\[(\d+)\]: (.*)", re.DOTALL | re.ASCII
)
LOST = re.compile(r"(\d+) logs were lost: syslog did not take them\.")


class Reader:
    """A syslog of the test's own, which reads only on demand."""

    def __init__(self, path, kind=socket.SOCK_DGRAM):
        self.path, self.kind = str(path), kind
        self.socket = socket.socket(socket.AF_UNIX, kind)
        self.socket.bind(self.path)
        if kind == socket.SOCK_STREAM:
            self.socket.listen(1)
        self.socket.setblocking(False)
        self.peers = []
        self.content = b""

    def read(self):
        """Read all that is there; return the texts of complete messages since the last time."""
        if self.kind == socket.SOCK_DGRAM:
            return [FRAME.fullmatch(frame.decode())[3] for frame in iter(self._datagram, None)]
        try:
            while True:
                self.peers.append(self.socket.accept()[0])
                self.peers[-1].setblocking(False)
        except BlockingIOError:
            pass
        for peer in self.peers:
            try:
                while content := peer.recv(65536):
                    self.content += content
            except BlockingIOError:
                continue
        *frames, self.content = self.content.split(b"\0")
        return [FRAME.fullmatch(frame.decode())[3] for frame in frames]

    def _datagram(self):
        try:
            return self.socket.recv(65536 * 8)
        except BlockingIOError:
            return None

    def fill(self):
        """Be full, as a syslog that was stopped."""
        with socket.socket(socket.AF_UNIX, self.kind) as sender:
            sender.setblocking(False)
            sender.connect(self.path)
            try:
                while True:
                    sender.send(b"<1>Jan  1 00:00:00 wishbone[1]: filling")
            except BlockingIOError:
                pass

    def close(self):
        for peer in [*self.peers, self.socket]:
            peer.close()

    def vanish(self):
        self.close()
        Path(self.path).unlink()


@pytest.fixture(params=[socket.SOCK_DGRAM, socket.SOCK_STREAM], ids=["datagram", "stream"])
def kind(request):
    return request.param


@pytest.fixture
def reader(tmp_path, kind):
    reader = Reader(tmp_path / "log", kind)
    yield reader
    reader.close()


@pytest.fixture
def connect():
    """A function that returns a `Syslog`."""
    opened = []

    def connect(*paths):
        opened.append(Syslog(paths))
        return opened[-1]

    yield connect
    for syslog in opened:
        syslog.close()


def test_a_message_has_the_form_of_syslog_3(connect, tmp_path):
    reader = Reader(tmp_path / "log")
    connect(reader.path).write(3, "hello é \ud800")
    priority, pid, text = FRAME.fullmatch(reader.socket.recv(4096).decode()).groups()
    assert (int(priority), int(pid), text) == (3 << 3 | 3, os.getpid(), "hello é \\ud800")
    reader.close()


def test_messages_arrive_in_order(connect, reader):
    syslog = connect("/nowhere/log", reader.path)
    for number in range(5):
        syslog.write(6, str(number))
    assert reader.read() == ["0", "1", "2", "3", "4"]
    assert syslog.flush()


def test_a_reader_that_was_stopped_blocks_nothing_and_loses_no_message_uncounted(
    connect, reader, monkeypatch
):
    monkeypatch.setattr(module, "MAX_PENDING_BYTES", 100_000)
    syslog = connect(reader.path)
    began = monotonic()
    for number in range(20_000):
        syslog.write(6, f"{number} {'x' * 100}")
    assert monotonic() - began < 20
    assert syslog.lost
    assert not syslog.flush()
    found = []
    # The reader goes on.
    wait_until(lambda: (found.extend(reader.read()), syslog.flush())[1], "all messages", TIMEOUT)
    found += reader.read()
    *told, last = found
    assert [int(text.split()[0]) for text in told] == list(range(len(told)))
    assert len(told) + int(LOST.fullmatch(last)[1]) == 20_000
    assert syslog.lost == 0
    syslog.write(6, "again")
    assert reader.read() == ["again"]


def test_a_syslog_that_vanishes_and_comes_back_gets_what_waited(connect, tmp_path, kind):
    reader = Reader(tmp_path / "log", kind)
    syslog = connect(reader.path)
    syslog.write(6, "before")
    assert reader.read() == ["before"]
    reader.vanish()
    syslog.write(6, "meanwhile")
    # There is nothing to wait for.
    assert syslog.flush()
    other = Reader(tmp_path / "log", kind)
    syslog.write(6, "after")
    found = other.read()
    # A stream notices the loss of its peer one message late.
    assert found == ["meanwhile", "after"]
    other.close()


def test_a_restarted_syslog_gets_what_its_hanging_predecessor_does_not_take(connect, tmp_path):
    hanging = Reader(tmp_path / "log")
    syslog = connect(hanging.path)
    syslog.write(6, "first")
    hanging.fill()
    syslog.write(6, "second")
    Path(hanging.path).unlink()
    other = Reader(tmp_path / "log")
    assert syslog.flush()
    assert other.read() == ["second"]
    hanging.close()
    other.close()


def test_a_syslog_that_changes_its_kind_is_found(connect, tmp_path):
    first = Reader(tmp_path / "log")
    syslog = connect(first.path)
    syslog.write(6, "datagram")
    first.vanish()
    second = Reader(tmp_path / "log", socket.SOCK_STREAM)
    syslog.write(6, "stream")
    assert second.read() == ["stream"]
    second.close()


def test_a_message_that_is_too_long_for_the_socket_is_counted(connect, tmp_path):
    reader = Reader(tmp_path / "log")
    syslog = connect(reader.path)
    syslog.write(6, "x" * 1_000_000)
    syslog.write(6, "short")
    assert reader.read() == ["1 logs were lost: syslog did not take them.", "short"]
    reader.close()


SUPERVISE = """
import os, signal, sys, time
from wishbone_cli.logs.syslog import Syslog
from wishbone_cli.server import supervisor

supervisor.STOP_SECONDS = 0.01
read_end, write_end = os.pipe()
syslog = Syslog([{path!r}])

def work(instance, pipe):
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    pipe.ready()
    os.read(read_end, 1)
    os.write(2, b"many lines\\n" * 100_000)
    os.kill(os.getppid(), signal.SIGTERM)
    time.sleep(3600)

watched = supervisor.Supervisor(
    1, work, lambda: os.write(write_end, b"r"), syslog.write, [write_end], syslog.flush
)
print("code", watched.run(), "killed", watched.killed)
"""


def test_the_supervisor_kills_in_time_while_syslog_hangs(tmp_path):
    reader = Reader(tmp_path / "log")
    reader.fill()
    done = subprocess.run(
        [sys.executable, "-c", SUPERVISE.format(path=reader.path)],
        capture_output=True,
        text=True,
        timeout=TIMEOUT,
        check=True,
    )
    assert done.stdout == "code 0 killed True\n"
    reader.close()


CUSTOMIZE = """
import wishbone_cli.logs.syslog
wishbone_cli.logs.syslog.SYSLOG_SOCKETS = ({path!r},)
"""


@pytest.fixture
def logging_server(server, tmp_path):
    """A server whose syslog is the test's own."""
    reader = Reader(tmp_path / "log")
    (server.installation.folder / "sitecustomize.py").write_text(CUSTOMIZE.format(path=reader.path))
    server.reader = reader
    yield server
    reader.close()


def test_a_server_runs_restarts_and_stops_while_syslog_hangs(logging_server):
    server, reader = logging_server, logging_server.reader
    reader.fill()
    assert server.run("start").returncode == 0
    (first,) = server.pids()
    os.kill(first, signal.SIGKILL)
    wait_until(lambda: len(set(server.recorded("event"))) == 2, "events of another process", TIMEOUT)
    began = monotonic()
    stopped = server.run("stop")
    assert (stopped.returncode, stopped.stderr) == (0, "")
    assert monotonic() - began < 10
    assert server.files == []


def test_logs_reach_a_syslog_that_goes_on(logging_server):
    server, reader = logging_server, logging_server.reader
    reader.fill()
    server.run("start")
    (first,) = server.pids()
    os.kill(first, signal.SIGKILL)
    wait_until(lambda: len(set(server.recorded("event"))) == 2, "events of another process", TIMEOUT)
    found = []

    def told():
        found.extend(reader.read())
        return any("was killed by SIGKILL, and restarts in" in text for text in found)

    wait_until(told, "the log of the supervisor", TIMEOUT)
    assert server.run("stop").returncode == 0
