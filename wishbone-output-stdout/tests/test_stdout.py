from __future__ import annotations

import errno
import fcntl
import json
import os
import subprocess
import sys
from pathlib import Path

import gevent
import pytest
from hypothesis import given
from hypothesis import strategies as st
from reader import Reader, put_in_place

from wishbone.arguments.convert import ArgumentError
from wishbone.error import ModuleInitFailure
from wishbone.event import Event, Log, Metric
from wishbone_output_stdout import Stdout
from wishbone_output_stdout.line import plain_line, terminal_line
from wishbone_testing import Harness, wait_until
from wishbone_testing.conformance import OutputConformance

PROGRAM = """
import sys
from gevent import monkey
monkey.patch_all()
from wishbone.router import Default
router = Default()
arguments = {"payload": "x" * 99, "interval": 0, "count": COUNT}
router.registerModule("wishbone.input.generator", "input", arguments)
stdout = router.registerModule("wishbone.output.stdout", "stdout")
router.connectQueue("input.outbox", "stdout.inbox")
router.start()
router.block()
logs = [event.data.message for event in stdout.pool.queue.logs.items]
print(router.reason, sum("Stops the pipeline" in log for log in logs), len(logs), file=sys.stderr)
"""


def run(count, **streams):
    program = PROGRAM.replace("COUNT", str(count))
    return subprocess.Popen([sys.executable, "-W", "error", "-c", program], **streams)


class TestConformance(OutputConformance):
    module = Stdout
    good = "x" * 1000
    wrong_arguments = ({"colour": "mauve"}, {"template": "{{"}, {"stream": "stdin"})

    @pytest.fixture
    def arguments(self, pipe):
        self.pipe = pipe
        return {}

    def stall_peer(self):
        """Read nothing: that is how the pipe begins."""

    def break_peer(self):
        self.pipe.hang_up()


@pytest.mark.parametrize(
    ("payload", "line"),
    [
        ("hello", "hello"),
        ("", ""),
        ("häß 👍", "häß 👍"),
        ("\x1b[31m\x00", "\x1b[31m\x00"),
        (b"bytes \xff", "bytes �"),
        (bytearray(b"more"), "more"),
        (memoryview(b"seen"), "seen"),
        ({"a": [1, None]}, '{"a":[1,null]}'),
        ([1, "ä"], '[1,"ä"]'),
        (1.5, "1.5"),
        (True, "true"),
        (None, "null"),
        ("\ud800", "\\ud800"),
        ("has its newline\n", "has its newline"),
        (Log(1.5, 6, 7, "m", "hi"), '{"time":1.5,"level":6,"pid":7,"module":"m","message":"hi","uuid":null}'),
    ],
)
def test_writes_a_payload_as_a_line(pipe, payload, line):
    with Harness(Stdout) as stdout:
        assert stdout.feed_acknowledged(payload).wait().acknowledged
    assert pipe.read().decode() == f"{line}\n"


def test_writes_a_metric_as_json(pipe):
    with Harness(Stdout) as stdout:
        stdout.feed(Metric(1.0, "wishbone", "here", "n", 2.0, tags=("a",)))
    assert json.loads(pipe.read())["tags"] == ["a"]


def test_writes_the_rendered_template(pipe):
    with Harness(Stdout, {"template": "{{ data.user }}!"}) as stdout:
        stdout.feed({"user": "ada"})
        stdout.feed({"user": "{{ data }}"})
    assert pipe.read() == b"ada!\n{{ data }}!\n"


def test_writes_to_stderr(monkeypatch):
    reader = Reader(monkeypatch, *os.pipe(), name="stderr")
    with Harness(Stdout, {"stream": "stderr"}) as stdout:
        stdout.feed("hello")
    assert reader.read() == b"hello\n"
    reader.close()


def test_earlier_prints_come_first(pipe):
    print("before", file=pipe.file)
    with Harness(Stdout) as stdout:
        stdout.feed("after")
    assert pipe.read() == b"before\nafter\n"


def test_line_is_there_while_the_source_waits(pipe):
    with Harness(Stdout) as stdout:
        for number in range(3):
            stdout.feed(str(number))
            pipe.wait(2 * (number + 1))


def test_keeps_the_order_and_loses_nothing(pipe):
    with Harness(Stdout) as stdout:
        feeder = gevent.spawn(lambda: [stdout.feed(f"{number:09}") for number in range(50_000)])
        pipe.wait(500_000)
        feeder.join()
    assert pipe.data.decode().split() == [f"{number:09}" for number in range(50_000)]


def test_bad_event_does_not_affect_the_others(pipe):
    with Harness(Stdout, {"template": "{{ data.user }}"}) as stdout:
        good = stdout.feed_acknowledged({"user": "ada"})
        for bad in (1, {}, {"user": 3}):
            stdout.feed(bad)
        assert good.wait().acknowledged
        assert len(stdout.receive_many(2, "failed")) == 2
    assert pipe.read() == b"ada\n3\n"


def test_a_payload_that_is_not_json_fails(pipe):
    with Harness(Stdout) as stdout:
        stdout.feed(object())
        stdout.feed("next")
        assert stdout.receive("failed").errors["module"]["type"] == "TypeError"
    assert pipe.read() == b"next\n"


def test_terminal_shows_control_characters_and_does_not_obey_them(terminal):
    with Harness(Stdout) as stdout:
        stdout.feed("a\tb\n\x1b[2J\x9b\x7f\u202e")
        stdout.feed({"k": "\x9d"})
        terminal.wait(10)
    assert terminal.read() == b'a\tb\\n\\x1b[2J\\x9b\\x7f\\u202e\n{"k":"\\x9d"}\n'


def test_colours_a_terminal(terminal):
    with Harness(Stdout, {"colour": "green"}) as stdout:
        stdout.feed("go")
    assert terminal.wait(10) == b"\x1b[32mgo\x1b[0m\n"


def test_colours_no_pipe(pipe):
    with Harness(Stdout, {"colour": "green"}) as stdout:
        stdout.feed("go")
    assert pipe.read() == b"go\n"


@given(st.one_of(st.text(), st.binary(), st.recursive(st.none() | st.text(), st.lists)))
def test_terminal_line_has_no_control_character_except_tabs(payload):
    try:
        text = terminal_line(payload).decode()
    except UnicodeEncodeError:  # a lone surrogate within a structure is an error of that event
        return
    assert text.endswith("\n")
    assert not any(ord(letter) < 32 or 127 <= ord(letter) < 160 for letter in text[:-1].replace("\t", ""))
    assert len(text.splitlines()) == 1


@given(st.text(st.characters(exclude_categories=["Cs"])).filter(lambda text: not text.endswith("\n")))
def test_plain_line_is_the_text_itself(text):
    assert plain_line(text).decode() == f"{text}\n"


def test_slow_reader_blocks_only_its_own_source(pipe):
    filled = pipe.fill()
    with Harness(Stdout, size=10) as stdout:
        settlement = stdout.feed_acknowledged("first")
        feeder = gevent.spawn(lambda: [stdout.feed("x" * 999) for _ in range(1_000)])
        wait_until(lambda: stdout.module.pool.queue.inbox.waited_total)
        gevent.sleep(0.02)  # the hub is free to come back from it while the pipe is full
        assert not feeder.dead
        assert not settlement.done
        assert not stdout.drained
        pipe.wait(filled + 6 + 1_000_000)
        feeder.join()
        assert settlement.wait().acknowledged


def test_writes_to_a_pipe_that_another_program_made_non_blocking(pipe):
    os.set_blocking(pipe.near, False)
    filled = pipe.fill()
    with Harness(Stdout) as stdout:
        settlement = stdout.feed_acknowledged("x" * 200_000)
        pipe.wait(filled + 200_001)
        assert settlement.wait().acknowledged
    assert fcntl.fcntl(pipe.near, fcntl.F_GETFL) & os.O_NONBLOCK


def test_leaves_the_flags_of_the_stream_alone(pipe):
    with Harness(Stdout) as stdout:
        assert stdout.feed_acknowledged("hello").wait().acknowledged
        assert not fcntl.fcntl(pipe.near, fcntl.F_GETFL) & os.O_NONBLOCK


def test_events_that_are_not_read_before_the_deadline_fail(pipe):
    pipe.fill()
    stdout = Harness(Stdout)
    stdout.router.start()
    inbox = stdout.module.pool.queue.inbox
    one = stdout.feed_acknowledged("in the thread of the pipe")
    wait_until(inbox.empty)
    two = stdout.feed_acknowledged("in the queue")
    stdout.stop(timeout=0)
    assert one.wait().failed
    assert two.wait().failed
    assert stdout.received("success") == []
    pipe.read()  # the thread ends


@pytest.mark.parametrize("unconnected", [("success",), ()])
def test_events_after_the_reader_is_gone_never_succeed(monkeypatch, unconnected):
    reader = Reader(monkeypatch, *os.pipe())
    reader.hang_up()
    with Harness(Stdout, unconnected=unconnected) as stdout:
        stdout.module.stopPipeline = lambda reason: None
        settlements = [stdout.feed_acknowledged("x").wait() for _ in range(3)]
        assert all(settlement.failed for settlement in settlements) or not unconnected
        assert stdout.received("success") == []
    assert "3 events were not written to stdout." in stdout.messages()
    reader.close()


def test_two_modules_do_not_cut_each_others_lines(pipe):
    lines = {letter * 30_000 for letter in "ab"}
    with Harness(Stdout) as one, Harness(Stdout) as two:
        for harness, line in zip((one, two), lines, strict=True):
            for _ in range(10):
                harness.feed(line)
        pipe.wait(20 * 30_001)
    assert set(pipe.data.decode().splitlines()) == lines


def test_full_disk_fails_the_event_and_the_next_is_tried_again(monkeypatch):
    full = Path("/dev/full").open("w")  # noqa: SIM115 - it replaces standard output, which stays open
    put_in_place(monkeypatch, full)
    with Harness(Stdout) as stdout:
        for payload in ("one", "two"):
            assert stdout.feed_acknowledged(payload)
            event = stdout.receive("failed")
            assert event.data == payload
            assert os.strerror(errno.ENOSPC) in event.errors["module"]["message"]
    full.close()


def test_line_that_was_cut_is_ended_before_the_next(tmp_path, monkeypatch):
    """A file that may not grow takes half a line; when it may grow again, lines are whole again."""
    import resource
    import signal

    file = (tmp_path / "out").open("w")
    put_in_place(monkeypatch, file)
    monkeypatch.setattr(signal, "SIGXFSZ", signal.SIGXFSZ)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    try:
        with Harness(Stdout, unconnected=["failed"]) as stdout:
            resource.setrlimit(resource.RLIMIT_FSIZE, (10, hard))
            settlements = [stdout.feed_acknowledged(text) for text in ("whole", "cut in half", "not begun")]
            for settlement in settlements:
                settlement.wait()
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
            assert stdout.feed_acknowledged("whole again").wait().acknowledged
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, before)
    assert [settlement.acknowledged for settlement in settlements] == [True, False, False]
    assert (tmp_path / "out").read_text() == "whole\ncut \nwhole again\n"
    file.close()


def test_stops_the_pipeline_when_the_reader_is_gone():
    process = run(10_000_000, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout.readline() == b"x" * 99 + b"\n"
    process.stdout.close()
    errors = process.stderr.read().decode()
    process.stderr.close()
    assert process.wait(20) == 0
    assert errors == "The reader of stdout is gone. 1 2\n"


def test_events_after_the_reader_is_gone_fail_without_a_log_for_each(monkeypatch):
    far, near = os.pipe()
    file = os.fdopen(near, "w")
    put_in_place(monkeypatch, file)
    os.close(far)
    with Harness(Stdout, unconnected=("success",)) as stdout:
        reasons = []
        stdout.module.stopPipeline = reasons.append
        for _ in range(300):
            assert stdout.feed_acknowledged("x").wait().failed
        assert reasons == ["The reader of stdout is gone."]
        assert stdout.messages() == []
    assert stdout.module._lost == 300
    file.close()


def test_end_of_input_waits_for_a_slow_reader():
    process = run(3_000, stdout=subprocess.PIPE)
    with process.stdout:
        assert len(process.stdout.read()) == 300_000
    assert process.wait(20) == 0


@pytest.mark.parametrize("stand_in", [None, "text"])
def test_cannot_start_without_a_descriptor(monkeypatch, stand_in):
    import io

    put_in_place(monkeypatch, stand_in and io.StringIO())
    with pytest.raises(ModuleInitFailure, match=r"Nothing can be written to stdout: .*Redirect it"):
        Harness(Stdout).router.start()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"colour": "pink"}, "colour: Invalid enum value 'pink'"),
        ({"stream": "stdin"}, "stream: Invalid enum value 'stdin'"),
        ({"template": [3]}, "template: Expected a template (a text), got `list`"),
        ({"template": "{{ dta }}"}, "names dta, which no event has"),
        ({"color": "red"}, "color: There is no such argument. Did you mean 'colour'?"),
    ],
)
def test_refuses_wrong_arguments(arguments, message):
    with pytest.raises(ArgumentError) as caught:
        Harness(Stdout, arguments)
    assert message in str(caught.value)


def test_event_without_acknowledgement_is_written_too(pipe):
    with Harness(Stdout) as stdout:
        stdout.feed(Event("plain"))
    assert pipe.read() == b"plain\n"
