from __future__ import annotations

import re
import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path

import pytest

from wishbone_output_throughput import Throughput
from wishbone_testing import Harness, VirtualClock
from wishbone_testing.conformance import OutputConformance

PROGRAM = Path(__file__).with_name("pipeline_process.py")


def test_is_installed():
    (entry_point,) = entry_points(group="wishbone.output", name="throughput")
    assert entry_point.load() is Throughput


class TestConformance(OutputConformance):
    module = Throughput

    def may_pass_on(self, payload):
        return True  # it counts every event


def test_reports_the_rate_of_each_interval():
    with VirtualClock() as clock, Harness(Throughput, {"interval": 5}) as throughput:
        for count in (20, 0, 3):
            for number in range(count):
                throughput.feed(number)
            clock.advance(5)
        assert throughput.messages() == [
            "4.0 events/s, 20 so far",
            "0.0 events/s, 20 so far",
            "0.6 events/s, 23 so far",
        ]
        assert {log.level for log in throughput.logs} == {6}


def test_reports_the_totals_at_the_end():
    with VirtualClock() as clock, Harness(Throughput, {"interval": 60}) as throughput:
        for number in range(30):
            throughput.feed(number)
        clock.advance(12)
    assert throughput.messages() == ["30 events in 12.0 s, 2.5 events/s"]


def test_reports_the_totals_without_any_event():
    with Harness(Throughput) as throughput:
        pass
    assert throughput.messages() == ["0 events in 0.0 s, 0.0 events/s"]


def test_reports_on_standard_output_with_target_stdout(capsys):
    arguments = {"interval": 2, "target": "stdout"}
    with VirtualClock() as clock, Harness(Throughput, arguments, name="t") as throughput:
        throughput.feed("x")
        clock.advance(2)
    assert capsys.readouterr().out == "t: 0.5 events/s, 1 so far\nt: 1 events in 2.0 s, 0.5 events/s\n"
    assert throughput.messages() == []


@pytest.mark.skipif(sys.platform != "linux", reason="the size of a pipe is set, which only Linux can")
def test_a_slow_reader_of_standard_output_blocks_nothing():
    """The pipe is not read until the process has acknowledged all its events."""
    with subprocess.Popen(
        [sys.executable, PROGRAM], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr.readline() == "all counted\n"
        lines = process.stdout.read().splitlines()
    assert process.returncode == 0
    assert re.fullmatch(r"throughput: \d+ events in .* events/s", lines[-1])


@pytest.mark.parametrize("arguments", [{"interval": 0}, {"target": "stderr"}])
def test_refuses_wrong_arguments(arguments):
    with pytest.raises(Exception, match=next(iter(arguments))):
        Harness(Throughput, arguments)


WITHOUT_READER = """
from wishbone import ActorConfig
from wishbone.router import Default
from wishbone_output_throughput import Throughput

router = Default()
router.registerModule(Throughput, ActorConfig("throughput"), {"interval": 0.01, "target": "stdout"})
router.start()
router.block()
"""


def test_stops_the_pipeline_silently_when_the_reader_of_stdout_is_gone():
    with subprocess.Popen(
        [sys.executable, "-c", WITHOUT_READER], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        process.stdout.readline()
        process.stdout.close()
        assert process.wait(30) == 0
        assert process.stderr.read() == b""
