from __future__ import annotations

import json
import os
import pty
import re
import signal
import subprocess
import sys
from functools import partial

import pytest

LOG = re.compile(r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} (\w+) +(\w+): (.*)$")

PRINTS = """
modules:
  input:
    module: wishbone.input.generator
    arguments: {payload: hello, interval: 0, count: 3}
  printer:
    module: wishbone.output.printer
routingtable:
  - input.outbox -> printer.inbox
"""
ENDLESS = PRINTS.replace("interval: 0, count: 3", "interval: 0.01")
TALKS = """
modules:
  talker:
    module: wishbone.input.talker
    arguments: {message: "%s", times: %s}
"""


def test_runs_until_the_inputs_end(modules):
    modules.write("pipeline.yaml", PRINTS)
    result = modules.run("debug", "--config", "pipeline.yaml")
    assert (result.stdout, result.stderr, result.returncode) == ("got hello\n" * 3 + "closed\n", "", 0)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_stops_in_order_at_a_signal(modules, number):
    modules.write("pipeline.yaml", ENDLESS)
    process = modules.start("debug", "-c", "pipeline.yaml")
    assert process.stdout.readline() == "got hello\n"
    process.send_signal(number)
    out, err = process.communicate(timeout=60)
    assert out.endswith("closed\n")
    assert (err, process.returncode) == ("", 0)


def test_a_closed_terminal_ends_nothing_under_nohup(modules):
    modules.write("pipeline.yaml", ENDLESS)
    ignore = partial(signal.signal, signal.SIGHUP, signal.SIG_IGN)
    process = modules.start("debug", "-c", "pipeline.yaml", preexec_fn=ignore)
    assert process.stdout.readline() == "got hello\n"
    process.send_signal(signal.SIGHUP)
    assert [process.stdout.readline() for _ in range(50)] == ["got hello\n"] * 50
    process.send_signal(signal.SIGTERM)
    out, err = process.communicate(timeout=60)
    assert out.endswith("closed\n")
    assert (err, process.returncode) == ("", 0)


def test_stops_at_once_at_a_second_signal(modules):
    modules.write("pipeline.yaml", ENDLESS.replace("output.printer", "function.stuck"))
    process = modules.start("debug", "-c", "pipeline.yaml")
    assert process.stdout.readline() == "stuck\n"
    process.send_signal(signal.SIGTERM)
    # The deadline of the first is 10 s; the second must end it well before, however slow the machine.
    with pytest.raises(Exception, match="timed out"):
        process.wait(timeout=1)
    process.send_signal(signal.SIGTERM)
    out, err = process.communicate(timeout=8)
    assert "Stopped with" in out
    assert (err, process.returncode) == ("", 1)  # events are left


def test_a_module_that_cannot_be_started_is_reported_without_traceback(modules):
    modules.write("pipeline.yaml", PRINTS.replace("output.printer", "function.breaking"))
    result = modules.run("debug", "-c", "pipeline.yaml")
    assert result.returncode == 1
    assert "Error: Module 'printer' could not be started: OSError: no route to host" in result.stderr
    assert "Traceback" not in result.stderr + result.stdout


def test_logs_go_to_stdout_by_default(modules):
    modules.write("pipeline.yaml", TALKS % ("hello", 1))
    result = modules.run("debug", "-c", "pipeline.yaml")
    assert LOG.match(result.stdout).groups() == ("warning", "talker", "hello")
    assert result.stderr == ""


def test_logs_go_to_the_chosen_destination(modules):
    modules.write("pipeline.yaml", TALKS % ("hello", 1))
    result = modules.run("debug", "-c", "pipeline.yaml", "--logs", "stderr")
    assert result.stdout == ""
    assert LOG.match(result.stderr)
    result = modules.run("debug", "-c", "pipeline.yaml", "--logs", "none")
    assert result.stdout + result.stderr == ""


def test_logs_that_the_file_connects_are_left_alone(modules):
    routes = "  printer: {module: wishbone.output.printer}\nroutingtable: [talker.logs -> printer.inbox]\n"
    modules.write("pipeline.yaml", TALKS % ("hello", 1) + routes)
    result = modules.run("debug", "-c", "pipeline.yaml")
    assert result.stdout.startswith("got Log({'time'")
    assert not any(LOG.match(line) for line in result.stdout.splitlines())


def test_the_last_log_of_a_pipeline_is_shown(modules):
    modules.write("pipeline.yaml", PRINTS.replace("output.printer", "function.failing"))
    result = modules.run("debug", "-c", "pipeline.yaml")
    assert "error     printer: ValueError: hello" in result.stdout


HIDING = """
modules:
  input: {module: wishbone.input.secretive, arguments: {secret: !secret env:PASSWORD}}
  printer: {module: wishbone.output.printer}
routingtable:
  - input.logs -> printer.inbox
"""
SECRETIVE = """
from wishbone.module import InputModule

class Secretive(InputModule):
    def __init__(self, config, secret: str) -> None:
        super().__init__(config)
        self.secret = secret
        self.logging.notice(f"built with {secret}")

    def preHook(self):
        self.logging.notice(f"started with {self.secret}")
        self.sendToBackground(lambda: None)
"""


@pytest.mark.parametrize("logs", ["stdout", "none"])
def test_logs_that_the_file_connects_contain_no_secret(modules, logs):
    modules.install("secretive", "[wishbone.input]\nsecretive = secretive:Secretive\n", secretive=SECRETIVE)
    modules.write("pipeline.yaml", HIDING)
    result = modules.run("debug", "-c", "pipeline.yaml", "--logs", logs, PASSWORD="hunter2")
    assert "'built with (secret)'" in result.stdout
    assert "'started with (secret)'" in result.stdout
    assert "hunter2" not in result.stdout


def test_logs_below_the_level_are_left_out(modules):
    modules.write("pipeline.yaml", TALKS % ("hello", 1))
    assert modules.run("debug", "-c", "pipeline.yaml", "--log-level", "error").stdout == ""


def test_logs_can_be_json(modules):
    modules.write("pipeline.yaml", PRINTS.replace("output.printer", "function.failing"))
    result = modules.run("debug", "-c", "pipeline.yaml", "--log-format", "json")
    log, *_ = map(json.loads, result.stdout.splitlines())
    assert (log["level"], log["module"]) == ("error", "printer")
    assert re.fullmatch(r"[0-9a-f-]{36}", log["uuid"])


def test_a_message_that_repeats_is_counted_instead(modules):
    modules.write("pipeline.yaml", TALKS % ("hello", 30))
    lines = modules.run("debug", "-c", "pipeline.yaml").stdout.splitlines()
    assert len(lines) == 6
    assert lines[-1].endswith("hello (repeated 25 more times)")


def test_a_payload_in_a_log_cannot_drive_the_terminal(modules):
    modules.write(
        "pipeline.yaml",
        PRINTS.replace("output.printer", "function.failing").replace(
            "payload: hello", r'payload: "\e[2J\a\nforged\r\x9b31m"'
        ),
    )
    result = modules.run("debug", "-c", "pipeline.yaml")
    assert r"ValueError: \x1b[2J\x07\nforged\r\x9b31m" in result.stdout
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f]", result.stdout)


def test_ends_cleanly_when_the_reader_of_its_logs_has_gone(modules):
    modules.write("pipeline.yaml", TALKS % ("hello", "null"))
    process = modules.start("debug", "-c", "pipeline.yaml")
    process.stdout.readline()
    process.stdout.close()
    assert process.wait(60) == 0
    assert process.stderr.read() == ""


def test_ends_cleanly_when_the_reader_of_its_events_has_gone(modules):
    modules.write("pipeline.yaml", ENDLESS)
    process = modules.start("debug", "-c", "pipeline.yaml")
    process.stdout.readline()
    process.stdout.close()
    assert process.wait(60) == 0
    assert process.stderr.read() == ""


def test_runs_with_a_closed_stdout(modules):
    modules.write("pipeline.yaml", TALKS % ("hello", 1))
    command = f"exec {sys.executable} -m wishbone_cli debug -c pipeline.yaml >&-"
    result = subprocess.run(
        ["sh", "-c", command],
        cwd=modules.work,
        env=modules.environment(),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (result.stderr, result.returncode) == ("", 0)


def test_a_signal_ends_it_while_its_output_is_not_read(modules):
    modules.write("pipeline.yaml", (TALKS % ("x" * 1000, "null")).replace("times:", "pause: 0, times:"))
    process = modules.start("debug", "-c", "pipeline.yaml")
    process.stdout.readline()
    process.send_signal(signal.SIGTERM)
    process.send_signal(signal.SIGTERM)
    assert process.wait(60) == 0


@pytest.mark.parametrize(("variables", "coloured"), [({}, True), ({"NO_COLOR": "1"}, False)])
def test_no_color_turns_colours_off(modules, variables, coloured):
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "wishbone_cli", "list"]
    subprocess.run(
        command, env=modules.environment(**variables), stdout=theirs, stderr=theirs, timeout=60, check=True
    )
    os.close(theirs)
    assert (b"\x1b[1m" in os.read(ours, 4096)) is coloured
    os.close(ours)


def test_colours_logs_on_a_terminal_only(modules):
    modules.write("pipeline.yaml", TALKS % ("hello", 1))
    ours, theirs = pty.openpty()
    process = modules.start("debug", "-c", "pipeline.yaml", stdout=theirs)
    os.close(theirs)
    assert process.wait(60) == 0
    assert b"\x1b[33mwarning  \x1b[0m talker: hello" in os.read(ours, 4096)
    os.close(ours)
    process.stderr.close()
