"""Test cases in YAML run against a bootstrap file, and control its inputs, outputs and time."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from textwrap import dedent

import pytest

from wishbone_cli.bootstrap import Diagnostics, Secrets
from wishbone_testing.cases import collect, run

BOOTSTRAP = """
modules:
  words:
    module: wishbone.input.generator
    arguments: {payload: "${WORD:-hello}", interval: 60}
  funnel:
    module: wishbone.flow.funnel
  fanout:
    module: wishbone.flow.fanout
  one:
    module: wishbone.output.stdout
    arguments: {template: "{{ data.name }}"}
  two:
    module: wishbone.output.stdout
  dead:
    module: wishbone.output.stdout
routingtable:
  - words.outbox -> funnel.words
  - funnel.outbox -> fanout.inbox
  - fanout.one -> one.inbox
  - fanout.two -> two.inbox
  - one.failed -> dead.inbox
"""


@pytest.fixture
def outcome(tmp_path):
    """Runs one case, and returns its mismatches."""

    def run_case(case):
        path = tmp_path / "pipeline.yaml"
        lines = dedent(case).strip().splitlines()
        text = "\n".join(f"{'  - ' if number == 0 else '    '}{line}" for number, line in enumerate(lines))
        path.write_text(f"{BOOTSTRAP}\ntests:\n{text}\n")
        diagnostics = Diagnostics(Secrets())
        cases = collect([str(path)], [], diagnostics)
        assert diagnostics.found == []
        (only,) = cases
        return [
            f"{mismatch.location.line}: {mismatch.message}\n{mismatch.diff}"
            for mismatch in run(only, [str(path)])
        ]

    return run_case


PASSING = {
    "events in order": """
        name: x
        given: {words: [a, {b: 1}]}
        expect: {one: [a, {b: 1}], two.inbox: [a, {b: 1}]}
    """,
    "a part and a pattern": """
        name: x
        given: {words.outbox: [{b: 1, c: abc}]}
        expect: {one: [{$contains: {c: {$matches: ^a}}}]}
    """,
    "no events": """
        name: x
        given: {words: []}
        expect: {one: []}
    """,
    "a number of events in any order": """
        name: x
        given: {words: [a, b, c]}
        expect: {one: {$count: 3}, two: {$unordered: [c, b, a]}}
    """,
    "fed in the middle": """
        name: x
        given: {fanout: [a], funnel.words: [b]}
        expect: {one: {$unordered: [a, b]}}
    """,
    "between two modules": """
        name: x
        given: {words: [a]}
        expect: {funnel.outbox: [a], funnel.success: [a], one: [a]}
    """,
    "events with fields": """
        name: x
        given: {words: [{$event: {data: a, tags: [b]}}]}
        expect: {one: [{$event: {data: a, tags: [b], timestamp: 946684800}}]}
    """,
    "a kept input, a minute and a variable": """
        name: x
        keep: [words]
        environment: {WORD: huhu}
        expect: {one: [huhu]}
        then:
          - after: 59
            expect: {one: []}
          - after: 1
            expect: {one: [huhu]}
          - after: 120
            expect: {one: [huhu, huhu]}
    """,
    "settlements": """
        name: x
        given: {words: [a, b]}
        settled: {acknowledged: 2, failed: 0, pending: 0}
    """,
    "an output that fails, and the route of failures": """
        name: x
        fail: {one: 1}
        given: {words: [a, b]}
        expect:
          one: [b]
          two: [a, b]
          dead: [{$event: {data: a, errors: {one: {$contains: {type: InjectedError}}}}}]
        settled: {acknowledged: 2}
    """,
    "a failure that is lost": """
        name: x
        fail: {two: 1}
        given: {words: [a]}
        failures: [{module: two, type: InjectedError, message: {$matches: test}, data: a}]
        settled: {failed: 1}
    """,
    "a failure that is expected at its queue": """
        name: x
        fail: {two: 1}
        given: {words: [a]}
        expect: {two.failed: [a]}
    """,
    "a real output that fails": """
        name: x
        replace: [words, two, dead]
        given: {words: [a]}
        expect: {dead: [a]}
        failures: [{module: one, message: {$contains: "has no attribute 'name'"}}]
    """,
    "logs": """
        name: x
        fail: {two: 1}
        given: {words: [a]}
        failures: {$count: 1}
        expect: {two.logs: [{$contains: {level: 3, module: two}}]}
    """,
    "an output that hangs": """
        name: x
        stall: [two]
        given: {words: [a, b]}
        expect: {one: [a, b], two: []}
        settled: {pending: 2}
        then:
          - expect: {two: [a, b]}
            settled: {acknowledged: 2}
    """,
    "the end": """
        name: x
        given: {words: [a]}
        end: true
        expect: {one: [a]}
        settled: {acknowledged: 1}
    """,
    "metrics": """
        name: x
        after: 10
        expect: {funnel.metrics: {$contains: [{$contains: {name: module.funnel.queue.words.size, value: 0}}]}}
    """,
}


@pytest.mark.parametrize("name", PASSING)
def test_passes(outcome, name):
    assert outcome(PASSING[name]) == []


FAILING = {
    "another event": (
        """
        name: x
        given: {words: [{a: 1, b: 2}]}
        expect:
          one: [{a: 1, b: 3}]
        """,
        ["28: Unexpected events from 'one'.", "-   b: 3", "+   b: 2"],
    ),
    "too many and too few": (
        """
        name: x
        given: {words: [a]}
        expect: {one: [], two: [a, b]}
        """,
        ["- (nothing)", "+ - a", "events from 'two'", "- - b"],
    ),
    "an unexpected failure": (
        """
        name: x
        fail: {two: 1}
        given: {words: [a]}
        expect: {one: [a]}
        """,
        ["The module 'two' failed on an event, and 'failures' does not expect it: InjectedError"],
    ),
    "an expected failure that is missing": (
        """
        name: x
        given: {words: [a]}
        failures: [{module: two}]
        """,
        ["Modules did not fail as expected", "module: two", "+ (nothing)"],
    ),
    "other settlements": (
        """
        name: x
        given: {words: [a]}
        settled: {acknowledged: 0}
        """,
        ["The events did not settle as expected", "- acknowledged: 0", "+ acknowledged: 1"],
    ),
    "an unknown queue": (
        """
        name: x
        given: {words: [a]}
        expect: {funnel.outbax: [a]}
        """,
        ["There is no queue 'outbax'. Did you mean 'outbox'?"],
    ),
    "an unknown module": (
        """
        name: x
        given: {wrods: [a]}
        expect: {one: [a]}
        """,
        ["There is no module 'wrods'. Did you mean 'words'?"],
    ),
    "an unknown module to keep": (
        """
        name: x
        keep: [wrods]
        expect: {one: [a]}
        """,
        ["There is no module 'wrods'."],
    ),
    "a feed without a consumer": (
        """
        name: x
        given: {funnel.success: [a]}
        expect: {one: []}
        """,
        ["would be dropped"],
    ),
}


@pytest.mark.parametrize("name", FAILING)
def test_fails_and_says_why(outcome, name):
    case, expected = FAILING[name]
    told = "\n".join(outcome(case))
    assert [text for text in expected if text not in told] == [], told


def test_each_case_has_its_own_pipeline_and_clock(tmp_path):
    path = tmp_path / "pipeline.yaml"
    path.write_text(BOOTSTRAP)
    case = {"name": "x", "keep": ["words"], "after": 60, "expect": {"one": ["hello", "hello"]}}
    (tmp_path / "pipeline.test.json").write_text(json.dumps({"tests": [case, case]}))
    cases = collect([str(path)], [], Diagnostics(Secrets()))
    assert [run(case, [str(path)]) for case in cases] == [[], []]


SLOW = """
modules:
  input: {module: wishbone.input.generator}
  slow: {module: wishbone.function.slow, size: 1, arguments: {seconds: 10}}
  out: {module: wishbone.output.stdout}
routingtable:
  - {from: input.outbox, to: slow.inbox, size: 1}
  - slow.outbox -> out.inbox
"""

SLOW_MODULE = """
from wishbone.module import FunctionModule
import gevent

class Slow(FunctionModule):
    def __init__(self, config, seconds: float = 0, start: float = 0):
        super().__init__(config)
        self.seconds = seconds
        self.start_seconds = start
        self.pool.createQueue("inbox")
        self.pool.createQueue("outbox")
        self.registerConsumer(self.consume, "inbox")

    def preHook(self):
        gevent.sleep(self.start_seconds)

    def consume(self, event):
        gevent.sleep(self.seconds)
        self.submit(event, "outbox")
"""


@pytest.fixture
def slow(tmp_path):
    """Runs the command in a process with a slow module installed."""
    information = tmp_path / "slow-1.0.dist-info"
    information.mkdir()
    (information / "METADATA").write_text("Metadata-Version: 2.1\nName: slow\nVersion: 1.0\n")
    (information / "entry_points.txt").write_text("[wishbone.function]\nslow = slow_module:Slow\n")
    (tmp_path / "slow_module.py").write_text(SLOW_MODULE)

    def run_command(bootstrap):
        (tmp_path / "pipeline.yaml").write_text(bootstrap)
        finished = subprocess.run(
            [sys.executable, "-m", "wishbone_cli", "test", "--config", "pipeline.yaml"],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(tmp_path)},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        return finished.stdout + finished.stderr

    return run_command


def test_feeding_a_full_queue_does_not_move_the_clock(slow):
    case = """
tests:
  - name: feeding waits for room without moving the clock
    given: {input: [a, b, c, d, e]}
    expect: {out: []}
    settled: {acknowledged: 0}
    then:
      - after: 10
        given: {input: [f]}
        expect: {out: [a]}
      - after: 40
        expect: {out: [b, c, d, e]}
        settled: {acknowledged: 5, pending: 1}
      - end: true
        expect: {out: [f]}
"""
    assert slow(SLOW + case).endswith("1 passed, 0 failed.\n")


def test_a_case_that_never_ends_is_stopped_and_reported(slow):
    case = """
tests:
  - {name: x, given: {input: [a, b, c, d]}, end: true, expect: {out: []}}
  - {name: y, given: {input: [a]}, end: true, expect: {out: []}}
"""
    told = slow((SLOW + case).replace("seconds: 10", "seconds: 1e6"))
    assert "pipeline.yaml:11:5: The queues had no room for all given events within 60 s." in told
    assert "pipeline.yaml:12:5: The pipeline did not stop by itself within 60 s." in told


def test_a_pipeline_that_does_not_start_is_reported(slow):
    case = "tests: [{name: x, given: {input: [a]}, expect: {out: []}}]\n"
    told = slow((SLOW + case).replace("seconds: 10", "start: 1e6"))
    assert "It did not start within 60 s." in told
