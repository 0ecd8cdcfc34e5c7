"""The exit code says whether events were lost: `debug`, a worker, and what `stop` reports."""

from __future__ import annotations

import os
import signal

import pytest

from wishbone_testing import wait_until

TIMEOUT = 60
SOURCE = """
from wishbone import Event
from wishbone.acknowledgement import Acknowledgement
from wishbone.module import InputModule


class Source(InputModule, replays=lambda source: source.replay):
    def __init__(self, config, replay: bool = False, acknowledged: bool = True, unreadable: bool = False):
        super().__init__(config)
        self.pool.createQueue("outbox")
        self.replay, self.acknowledged, self.unreadable = replay, acknowledged, unreadable
        self.sendToBackground(self.produce)

    def produce(self):
        if self.unreadable:
            self.fail(Event("/some/path"), OSError("it cannot be read"))
        acknowledgement = Acknowledgement(lambda error: None) if self.acknowledged else None
        self.submit(Event("hello", acknowledgement), "outbox")
"""
PIPELINE = """
modules:
  input: {module: wishbone.input.source, arguments: %s}
  function: {module: wishbone.function.%s}
  printer: {module: wishbone.output.printer}
routingtable: [input.outbox -> function.inbox, %s -> printer.inbox]
"""


@pytest.mark.parametrize(
    ("arguments", "function", "route", "code"),
    [
        ("{}", "choosing", "function.outbox", 0),
        ("{}", "failing", "function.outbox", 1),
        ("{acknowledged: false}", "failing", "function.outbox", 1),
        ("{}", "failing", "function.failed", 0),
        ("{replay: true}", "failing", "function.outbox", 0),
        ("{replay: true, acknowledged: false}", "failing", "function.outbox", 1),
        ("{replay: true, unreadable: true}", "choosing", "function.outbox", 1),
        ("{unreadable: true}", "choosing", "input.failed", 0),
    ],
)
def test_debug_ends_with_1_when_events_failed_for_good(modules, arguments, function, route, code):
    modules.install("source", "[wishbone.input]\nsource = source:Source\n", source=SOURCE)
    argument = "{colour: red, servers: []}"
    text = PIPELINE % (arguments, function, route)
    if function == "choosing":
        text = text.replace("function.choosing", f"function.choosing, arguments: {argument}")
    modules.write("pipeline.yaml", text)
    result = modules.run("debug", "-c", "pipeline.yaml")
    assert result.returncode == code, result.stdout + result.stderr


FAILING = """
modules:
  input: {module: wishbone.input.generator, arguments: {interval: 0, count: 3}}
  output: {module: wishbone.function.failing}
  %s
routingtable: [input.outbox -> output.inbox]
"""
OTHER = "other: {module: wishbone.input.generator, arguments: {interval: 3600}}"


def test_stop_reports_events_that_failed(server, modules):
    modules.write("pipeline.yaml", FAILING % OTHER)
    assert server.run("start").returncode == 0
    wait_until(lambda: server.statuses()[0]["failed"] == 3, "the failures", TIMEOUT)
    stopped = server.run("stop")
    assert stopped.returncode == 1
    assert stopped.stdout.endswith(", 3 failed events, no undelivered events.\n")
    assert server.files == []


def test_failures_are_counted_over_restarts(server, modules):
    modules.write("pipeline.yaml", FAILING % OTHER)
    server.run("start")
    wait_until(lambda: server.statuses()[0]["failed"] == 3, "the failures", TIMEOUT)
    os.kill(server.pids()[0], signal.SIGKILL)
    wait_until(lambda: server.statuses()[0]["failed"] == 6, "the failures of both", TIMEOUT)
    assert ", 6 failed events, " in server.run("stop").stdout


def test_a_worker_whose_events_failed_is_done_and_not_restarted(server, modules):
    modules.write("pipeline.yaml", FAILING % "another: {module: wishbone.input.talker}")
    assert server.run("start").returncode == 0
    wait_until(lambda: server.files == [], "the end", TIMEOUT)


def test_an_instance_that_waits_for_its_restart_has_not_ended(server):
    server.run("start")
    for restarts in range(3):
        os.kill(server.pids()[0], signal.SIGKILL)
        wait_until(lambda n=restarts: server.statuses()[0]["restarts"] == n + 1, "its restart", TIMEOUT)
    os.kill(server.pids()[0], signal.SIGKILL)
    # The delay is 2 s by now.
    shown = server.run("status").stdout.splitlines()[2]
    assert shown.endswith("died, waits for its restart")
    wait_until(lambda: server.statuses()[0]["restarts"] == 4, "its restart", TIMEOUT)
    assert server.status()["instances"][0]["state"] == "running"
    assert server.run("stop").returncode == 0
