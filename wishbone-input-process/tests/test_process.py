from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from importlib.metadata import entry_points
from pathlib import Path

import gevent
import pytest
from processes import children, gone, script, state

from wishbone import clock
from wishbone.arguments import DecoderFactory
from wishbone.arguments.convert import ArgumentError
from wishbone.codec import BadFrame, Decoder
from wishbone.error import InvalidData, ModuleInitFailure
from wishbone_input_process import Process, child
from wishbone_testing import Harness, wait_until

needs_proc = pytest.mark.skipif(not Path("/proc").is_dir(), reason="needs /proc: runs on Linux only")

QUICK = {"pause": 0.01, "longest_pause": 0.05}
IGNORING = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up'); time.sleep(600)"


def process(command, **more):
    return Harness(Process, {"command": command, **QUICK, **more})


def once(command, **more):
    return process(command, restart="never", **more)


def texts(module, queue="outbox"):
    return [event.data for event in module.received(queue)]


def wait_for_end(module):
    assert module.finished.wait(10), module.messages()
    module.wait_until_idle()


def test_is_installed():
    (entry_point,) = entry_points(group="wishbone.input", name="process")
    assert entry_point.load() is Process


def test_creates_an_event_for_each_line_and_for_the_exit():
    with once(["sh", "-c", "echo one; echo two; printf three"]) as module:
        wait_for_end(module)
        assert texts(module) == ["one", "two", "three"]
        event = module.receive("exit")
        assert (event.data["status"], event.data["signal"]) == (0, None)
        assert module.received()[0].tmp == {"module": {"pid": event.data["pid"]}}


def test_more_output_than_a_pipe_holds_arrives_in_order():
    with once(["seq", "100000"]) as module:
        wait_for_end(module)
        assert texts(module) == [str(number) for number in range(1, 100_001)]


def test_decodes_output_and_fails_what_cannot_be_decoded():
    with once(["printf", '{"a": 1}\nno json\n{"a": 2}\n'], decoder="json") as module:
        wait_for_end(module)
        assert texts(module) == [{"a": 1}, {"a": 2}]
        assert module.receive("failed").data == b"no json"


def test_child_whose_output_cannot_be_decoded_any_further_is_ended_and_reported(monkeypatch):
    class GivesUp(Decoder):
        desynchronized = False

        def decode(self, data):
            self.desynchronized = True
            yield BadFrame(data, InvalidData("The rest cannot be decoded."))

        def flush(self):
            return ()

    monkeypatch.setattr(DecoderFactory, "__call__", lambda self: GivesUp())
    with once(script("while True: print('much' * 10000)"), decoder="plain") as module:
        wait_for_end(module)
        assert len(module.received("failed")) == 1
        assert module.receive("exit").data["signal"] == "SIGTERM"
        assert any("cannot be decoded: the child is ended" in text for text in module.messages())


def test_the_command_does_not_go_through_a_shell(tmp_path):
    command = ["echo", "$HOME", f"; touch {tmp_path}/x", "`id`", "*"]
    with once(command) as module:
        wait_for_end(module)
        assert texts(module) == [f"$HOME ; touch {tmp_path}/x `id` *"]
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("program", "status", "name"),
    [("raise SystemExit(3)", 3, None), ("import os; os.kill(os.getpid(), 9)", None, "SIGKILL")],
)
def test_reports_how_the_child_ended(program, status, name):
    with once(script(program)) as module:
        event = module.receive("exit")
        assert (event.data["status"], event.data["signal"]) == (status, name)
        assert any("The child ended with" in text for text in module.messages())


def test_is_restarted_after_a_growing_pause():
    with process(["sh", "-c", "echo up"], pause=0.05, longest_pause=0.2) as module:
        began = clock.monotonic()
        pids = {event.tmp["module"]["pid"] for event in module.receive_many(5)}
        assert clock.monotonic() - began >= 0.05 + 0.1 + 0.2 + 0.2
        assert len(pids) == 5


def test_the_pause_is_reset_after_a_long_run():
    with process(["sleep", "0.2"], pause=0.01, longest_pause=0.1) as module:
        began = clock.monotonic()
        module.receive_many(4, "exit")
        assert clock.monotonic() - began < 4 * 0.2 + 3 * 0.1


@pytest.mark.parametrize(("status", "starts"), [(0, 1), (1, 3)])
def test_is_restarted_on_failure_only(tmp_path, status, starts):
    count = tmp_path / "count"
    text = f"echo x >> {count}; test $(wc -l < {count}) -ge 3 || exit {status}"
    with process(["sh", "-c", text], restart="failure") as module:
        wait_for_end(module)
        assert len(module.received("exit")) == starts


@pytest.mark.parametrize(("stderr", "logged", "queued"), [("log", 1, 0), ("queue", 0, 1), ("discard", 0, 0)])
def test_standard_error_goes_to_log_queue_or_nowhere(stderr, logged, queued):
    with once(["sh", "-c", "echo out; echo oops >&2"], stderr=stderr) as module:
        wait_for_end(module)
        assert texts(module) == ["out"]
        assert texts(module, "stderr") == ["oops"] * queued
        assert sum("oops" in text for text in module.messages()) == logged


def test_much_on_standard_error_does_not_block_the_child():
    program = "import sys; sys.stderr.write('x' * 10_000_000); sys.stderr.write('\\n'); print('done')"
    with once(script(program)) as module:
        wait_for_end(module)
        assert texts(module) == ["done"]
        assert all(len(text) < 20_000 for text in module.messages())


def test_child_does_not_see_secrets_of_the_server(monkeypatch):
    monkeypatch.setenv("DATABASE_PASSWORD", "secret")
    monkeypatch.setenv("WANTED", "yes")
    monkeypatch.setenv("LC_TIME", "C")
    with once(["env"], environment={"GIVEN": "1"}, inherit=["WANTED", "MISSING"]) as module:
        wait_for_end(module)
        seen = dict(text.split("=", 1) for text in texts(module))
    assert "DATABASE_PASSWORD" not in seen
    assert {"WANTED": "yes", "GIVEN": "1", "LC_TIME": "C", "PATH": os.environ["PATH"]}.items() <= seen.items()


def test_runs_in_its_directory(tmp_path):
    with once(["pwd"], directory=str(tmp_path)) as module:
        assert module.receive().data == str(tmp_path)


def test_child_inherits_only_its_pipes():
    program = "import os; print(sorted(os.listdir('/dev/fd'))); print(os.read(0, 1))"
    with Path("/dev/null").open() as ours, once(script(program)) as module:
        os.set_inheritable(ours.fileno(), True)
        wait_for_end(module)
        descriptors, standard_input = texts(module)
    assert descriptors == "['0', '1', '2', '3']"  # the fourth is the listing itself
    assert standard_input == "b''"


@needs_proc
def test_child_blocks_while_the_pipeline_is_blocked():
    harness = Harness(Process, {"command": ["yes"], **QUICK}, size=5, unconnected=["outbox"])
    outbox = harness.module.pool.queue.outbox
    outbox.connected = True
    harness.router.start()
    wait_until(lambda: len(outbox.items) == 5)
    pid = harness.module._child.pid
    wait_until(lambda: state(pid) == "S", "the child to wait for its pipe")
    assert len(outbox.items) == 5
    harness.stop(timeout=0)
    assert gone(pid)


def test_stop_ends_a_silent_child_and_reads_its_last_output():
    program = (
        "import signal, sys, time\n"
        "def end(*_): print('bye'); sys.exit(0)\n"
        "signal.signal(signal.SIGTERM, end); print('up'); time.sleep(600)"
    )
    with process(script(program)) as module:
        assert module.receive().data == "up"
        assert module.stop() == []
        assert texts(module) == ["bye"]
        (event,) = module.received("exit")
        assert event.data["status"] == 0


def test_stop_kills_a_child_that_does_not_end():
    with process(script(IGNORING), grace=0.2) as module:
        pid = module.receive().tmp["module"]["pid"]
        assert module.stop() == []
        (event,) = module.received("exit")
        assert event.data["signal"] == "SIGKILL"
        assert any("did not end within 0.2 s" in text for text in module.messages())
    assert gone(pid)


def test_stop_past_the_deadline_kills_the_child_at_once():
    with process(script(IGNORING), grace=60) as module:
        pid = module.receive().tmp["module"]["pid"]
        began = clock.monotonic()
        module.stop(timeout=0.1)
        assert clock.monotonic() - began < 3
        assert gone(pid)


@pytest.fixture
def nothing_is_left():
    """No child, no zombie, and no descriptor."""

    def descriptors():
        return set(os.listdir("/dev/fd"))  # noqa: PTH208 - they are numbers, not paths

    gevent.get_hub()  # it opens some descriptors
    before = descriptors()
    yield
    wait_until(lambda: children() == [])
    wait_until(lambda: descriptors() <= before)


@needs_proc
@pytest.mark.usefixtures("nothing_is_left")
def test_leaves_no_zombie_and_no_descriptor():
    with process(["true"]) as module:
        module.receive_many(20, "exit")


@needs_proc
@pytest.mark.usefixtures("nothing_is_left")
def test_leaves_nothing_behind_when_it_is_killed_while_the_child_starts(monkeypatch):
    monkeypatch.setattr(child, "_die_with_parent", lambda: lambda: time.sleep(600))
    with process(["true"]) as module:
        wait_until(children)
        module.stop(timeout=0)


@needs_proc
@pytest.mark.usefixtures("nothing_is_left")
def test_leaves_nothing_behind_when_the_decoder_cannot_be_created(monkeypatch):
    def fail(self):
        raise InvalidData("no decoder")

    monkeypatch.setattr(DecoderFactory, "__call__", fail)
    with process(["sleep", "600"]) as module:
        wait_until(lambda: sum("no decoder" in text for text in module.messages()) == 2)
        module.stop(timeout=0)


def test_stop_also_ends_the_processes_of_the_child():
    with process(["sh", "-c", "sleep 600 & echo $!; wait"]) as module:
        grandchild = int(module.receive().data)
        assert not gone(grandchild)
        module.stop()
    wait_until(lambda: gone(grandchild))


@pytest.mark.parametrize("command", [["echo", "up"], ["sh", "-c", "sleep 600 & echo up"]])
def test_sends_no_signal_to_a_process_with_a_reused_id(monkeypatch, command):
    sent = []
    kill = os.killpg

    def killpg(group, number):
        sent.append(None)
        kill(group, number)
        sent.pop()

    monkeypatch.setattr(os, "killpg", killpg)
    with once(command) as module:
        wait_for_end(module)
    assert len(sent) == 1  # one signal showed that the group was gone


BEHIND = """
import os, signal, sys, time
signal.signal(signal.SIGTERM, lambda *_: (print("bye"), sys.exit()))
print(os.getpid())
os.write(int(sys.argv[1]), b"x")
time.sleep(600)
"""

LEADER = """
import os, subprocess, sys
ready, done = os.pipe()
subprocess.Popen([sys.executable, "-u", "-c", sys.argv[1], str(done)], pass_fds=[done])
os.read(ready, 1)
"""


def test_processes_that_the_child_leaves_are_ended_and_their_output_is_read():
    with once([*script(LEADER), BEHIND]) as module:
        wait_for_end(module)
        pid, word = texts(module)
        assert any("left other processes" in text for text in module.messages())
    assert word == "bye"
    wait_until(lambda: gone(int(pid)))


def test_another_process_that_holds_the_pipe_open_blocks_nothing():
    command = ["sh", "-c", "setsid sleep 20 & echo $!; sleep 0.2"]
    with once(command) as module:
        assert module.finished.wait(10)
        assert any("holds the output of the child open" in text for text in module.messages())
        stranger = int(module.receive().data)
    os.kill(stranger, signal.SIGKILL)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux kills the child")
def test_child_does_not_outlive_a_server_that_is_killed():
    path = Path(__file__).parent / "server_process.py"
    with subprocess.Popen([sys.executable, path], stdout=subprocess.PIPE, text=True) as server:
        pid = int(server.stdout.readline())
        assert server.stdout.readline() == "up\n"
        assert not gone(pid)
        server.kill()
    wait_until(lambda: gone(pid))


def test_a_program_that_disappears_is_tried_again(tmp_path):
    program = tmp_path / "program"
    program.write_text("#!/bin/sh\necho up\n")
    program.chmod(0o755)
    with process([str(program)]) as module:
        module.receive()
        program.rename(tmp_path / "away")
        wait_until(lambda: any("it starts again" in text for text in module.messages()))
        module.received().clear()
        (tmp_path / "away").rename(program)
        module.receive()


def test_a_failure_to_submit_ends_the_child_and_is_reported(monkeypatch, capsys):
    with process(["yes"]) as module:
        pid = module.receive().tmp["module"]["pid"]

        def fail(event, queue):
            raise RuntimeError("broken")

        monkeypatch.setattr(module.module, "submit", fail)
        wait_until(lambda: any("broken" in text for text in module.messages()))
        wait_until(lambda: gone(pid))
        monkeypatch.undo()
    assert "broken" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({}, "command: It is missing"),
        ({"command": []}, "command: Expected `array` of length >= 1"),
        ({"command": "ls -l"}, "command: Expected `array`, got `str`"),
        ({"command": ["ls"], "restart": "often"}, "restart: Invalid enum value 'often'"),
        ({"command": ["ls"], "pause": 0}, "pause: Expected `float` > 0"),
        ({"command": ["ls"], "comand": 1}, "comand: There is no such argument. Did you mean 'command'?"),
    ],
)
def test_refuses_wrong_arguments(arguments, message):
    with pytest.raises(ArgumentError) as caught:
        Harness(Process, arguments)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"command": ["no-such-program"]}, "there is no executable program 'no-such-program'"),
        ({"command": ["ls -l"]}, "each an item of the list"),
        ({"command": ["./here"], "directory": "/"}, "there is no executable program './here'"),
        ({"command": ["ls"], "directory": "/no/such"}, "the directory '/no/such' does not exist"),
    ],
)
def test_does_not_start_without_its_program(arguments, message):
    with pytest.raises(ModuleInitFailure, match="could not be started") as caught:
        Harness(Process, arguments).router.start()
    assert message in str(caught.value)
