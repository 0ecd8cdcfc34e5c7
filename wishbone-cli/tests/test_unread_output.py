"""Output that nothing reads, or that is closed or full, stops neither a pipeline nor a server."""

from __future__ import annotations

import os
import pty
import signal
import socket
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import gevent
import pytest

from wishbone import ActorConfig
from wishbone.router import Default
from wishbone_cli.logs.line_writer import LineWriter
from wishbone_cli.logs.output import connect_logs
from wishbone_testing import wait_until

TIMEOUT = 60


@contextmanager
def full_pipe():
    """A pipe whose writers block, for programs that inherit it."""
    read_end, write_end = os.pipe()
    os.set_blocking(write_end, False)
    try:
        while True:
            os.write(write_end, b"x" * 4096)
    except BlockingIOError:
        pass
    os.set_blocking(write_end, True)
    yield read_end, write_end
    os.close(read_end)
    os.close(write_end)


def open_pipe():
    return os.pipe()


def open_terminal():
    return pty.openpty()


def open_socket():
    ours, theirs = socket.socketpair()
    return ours.detach(), theirs.detach()


@pytest.mark.parametrize("opened", [open_pipe, open_terminal, open_socket])
def test_a_line_waits_for_the_reader_while_other_greenlets_run(opened):
    ours, theirs = opened()
    writer = LineWriter(theirs)
    lines = [f"{number} {'x' * 500}" for number in range(3000)]
    writing = gevent.spawn(lambda: [writer.write(line) for line in lines])
    ticks = []
    ticking = gevent.spawn(lambda: [(gevent.sleep(0.001), ticks.append(1)) for _ in range(100)])
    ticking.join(TIMEOUT)
    assert len(ticks) == 100
    assert not writing.dead
    content = b""
    while content.count(b"\n") < len(lines):
        gevent.socket.wait_read(ours, timeout=TIMEOUT)
        content += os.read(ours, 65536)
    assert content.decode().split() == " ".join(lines).split()
    writer.close()
    os.close(ours)
    os.close(theirs)


def test_a_pipe_that_another_process_fills_blocks_nothing():
    with full_pipe() as (read_end, write_end):
        writer = LineWriter(write_end)
        writing = gevent.spawn(writer.write, "hello")
        gevent.sleep(0.01)
        assert not writing.dead
        wait_until(lambda: os.read(read_end, 65536).endswith(b"hello\n"), "the line", TIMEOUT)
        writing.join(TIMEOUT)
        # Others that share the pipe may rely on writes that block.
        assert os.get_blocking(write_end)
        writer.close()


@pytest.mark.parametrize("stream", ["stdout", "stderr"])
def test_events_flow_while_the_logs_are_not_read(server, modules, stream):
    talker = "modules:\n  talker: {module: wishbone.input.talker, arguments: {times: null, pause: 0}}"
    path = modules.work / "pipeline.yaml"
    path.write_text(path.read_text().replace("modules:", talker))
    with full_pipe() as (_, write_end):
        process = modules.start("debug", "-c", "pipeline.yaml", "--logs", stream, **{stream: write_end})
        wait_until(lambda: len(server.recorded("event")) > 300, "events", TIMEOUT)
        process.send_signal(signal.SIGTERM)
        process.send_signal(signal.SIGTERM)
        assert process.wait(TIMEOUT) in {0, 1}
    assert len(server.recorded("closed")) == 1


@pytest.mark.long
def test_one_signal_ends_it_while_the_logs_are_not_read(server, modules):
    talker = "modules:\n  talker: {module: wishbone.input.talker, arguments: {times: null, pause: 0}}"
    path = modules.work / "pipeline.yaml"
    path.write_text(path.read_text().replace("modules:", talker))
    with full_pipe() as (_, write_end):
        process = modules.start("debug", "-c", "pipeline.yaml", stdout=write_end)
        wait_until(lambda: server.recorded("event"), "events", TIMEOUT)
        process.send_signal(signal.SIGTERM)
        # All events were delivered: logs that are left are none.
        assert process.wait(TIMEOUT) == 0


def test_text_that_a_module_prints_does_not_keep_a_stopped_pipeline(modules):
    modules.write(
        "pipeline.yaml",
        "modules: {talker: {module: wishbone.input.talker, arguments: {times: null}},"
        " chatty: {module: wishbone.output.chatty}}",
    )
    source = """
    import sys
    from wishbone.module import OutputModule

    class Chatty(OutputModule):
        def preHook(self):
            sys.stdout.write("buffered")
            print("started", file=sys.stderr, flush=True)
    """
    modules.install("chatty", "[wishbone.output]\nchatty = chatty:Chatty\n", chatty=source)
    with full_pipe() as (_, write_end):
        process = modules.start("debug", "-c", "pipeline.yaml", "--logs", "none", stdout=write_end)
        assert process.stderr.readline() == "started\n"
        process.send_signal(signal.SIGTERM)
        assert process.wait(TIMEOUT) == 0


def start(server, redirection="", **options):
    command = f"set -o pipefail; {sys.executable} -m wishbone_cli start -c pipeline.yaml {redirection}"
    return subprocess.run(
        ["bash", "-c", command],
        cwd=server.installation.work,
        env=server.installation.environment(XDG_RUNTIME_DIR=str(server.runtime)),
        timeout=TIMEOUT,
        check=False,
        **options,
    )


CLOSED = ["<&-", ">&-", "2>&-", "<&- >&-", ">&- 2>&-", "<&- >&- 2>&-", ">/dev/full", ">/dev/full 2>&1"]


@pytest.mark.parametrize("closed", CLOSED)
def test_a_worker_with_closed_or_full_descriptors_ends_once(server, closed):
    server.write(output="chatty", count=3)
    started = start(server, closed, capture_output=True)
    assert started.returncode == 0
    wait_until(lambda: server.files == [], "the end", TIMEOUT)
    assert len(server.recorded("event")) == 3
    assert len(server.recorded("closed")) == 1
    assert len(server.recorded("opened")) == 1


@pytest.mark.parametrize("stream", ["stdout", "stderr"])
def test_start_returns_while_its_output_is_not_read(server, stream):
    server.write(output="chatty")
    with full_pipe() as (_, write_end):
        assert start(server, **{stream: write_end}).returncode == 0
    assert server.run("stop").returncode == 0


def test_a_start_that_fails_returns_while_its_output_is_not_read(server):
    server.write(output="refusing")
    with full_pipe() as (_, write_end):
        assert start(server, stderr=write_end).returncode == 1
    assert server.files == []


SUPERVISE = """
import os, sys
from wishbone_cli.server import supervisor

class Bad:
    def flush(self): raise {error}
    def write(self, text): raise {error}

def work(instance, pipe):
    pipe.ready()
    sys.stdout, sys.stderr = {streams}
    return 0

watched = supervisor.Supervisor(1, work, lambda: None, lambda level, text: None, [])
code = watched.run()
os.write(1, f"{{code}}\\n".encode())
"""


@pytest.mark.parametrize("streams", ["None, None", "None, sys.stderr", "Bad(), Bad()", "Bad(), None"])
@pytest.mark.parametrize("error", ["OSError(28, 'full')", "ValueError('closed')", "KeyboardInterrupt"])
def test_no_worker_runs_on_as_a_second_supervisor(streams, error):
    script = SUPERVISE.format(streams=streams, error=error)
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, timeout=TIMEOUT, check=True)
    assert done.stdout == b"0\n"


@pytest.mark.parametrize("form", ["text", "json"])
def test_logs_that_a_full_disk_refuses_are_counted(form, monkeypatch):
    router = Default()
    module = router.registerModule("wishbone.flow.funnel", ActorConfig("m"))
    output = connect_logs(router, "stdout", form, 7, str)
    router.start()
    written = []

    def write(log):
        if not written and log.module == "m":
            raise OSError(28, "No space left on device")
        written.append(log)

    output._destination = output._destination._replace(write=write)
    module.logging.error("lost")
    wait_until(lambda: written, "the count", TIMEOUT)
    router.stop()
    assert written[0].message == "1 logs were lost: they could not be written."


def test_an_output_that_cannot_be_written_is_an_error(modules):
    modules.write("pipeline.yaml", "modules: {chatty: {module: wishbone.input.chatty}}")
    source = """
    from wishbone.module import InputModule

    class Chatty(InputModule):
        def preHook(self):
            print("buffered")
            self.sendToBackground(lambda: None)
    """
    modules.install("chatty", "[wishbone.input]\nchatty = chatty:Chatty\n", chatty=source)
    with Path("/dev/full").open("w") as full:
        process = modules.start("debug", "-c", "pipeline.yaml", "--logs", "none", stdout=full)
        assert process.wait(TIMEOUT) == 1
    assert process.stderr.read() == "Error: Standard output cannot be written: No space left on device.\n"
