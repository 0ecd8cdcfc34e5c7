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
        return True  # it counts whatever comes


def test_says_at_each_interval_how_many_came_in_a_second_of_it():
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


def test_says_in_the_end_how_many_came_in_all():
    with VirtualClock() as clock, Harness(Throughput, {"interval": 60}) as throughput:
        for number in range(30):
            throughput.feed(number)
        clock.advance(12)
    assert throughput.messages() == ["30 events in 12.0 s, 2.5 events/s"]


def test_says_so_without_a_single_event():
    with Harness(Throughput) as throughput:
        pass
    assert throughput.messages() == ["0 events in 0.0 s, 0.0 events/s"]


def test_says_it_on_standard_output_when_told_to(capsys):
    arguments = {"interval": 2, "target": "stdout"}
    with VirtualClock() as clock, Harness(Throughput, arguments, name="t") as throughput:
        throughput.feed("x")
        clock.advance(2)
    assert capsys.readouterr().out == "t: 0.5 events/s, 1 so far\nt: 1 events in 2.0 s, 0.5 events/s\n"
    assert throughput.messages() == []


@pytest.mark.skipif(sys.platform != "linux", reason="the size of a pipe is set, which only Linux can")
def test_a_slow_reader_of_standard_output_holds_nobody_up():
    """Nobody reads the pipe until the process has brought all its events to their end."""
    with subprocess.Popen(
        [sys.executable, PROGRAM], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr.readline() == "all counted\n"
        lines = process.stdout.read().splitlines()
    assert process.returncode == 0
    assert re.fullmatch(r"throughput: \d+ events in .* events/s", lines[-1])


@pytest.mark.parametrize("arguments", [{"interval": 0}, {"target": "stderr"}])
def test_refuses_arguments_that_make_no_sense(arguments):
    with pytest.raises(Exception, match=next(iter(arguments))):
        Harness(Throughput, arguments)


LONELY = """
from wishbone import ActorConfig
from wishbone.router import Default
from wishbone_output_throughput import Throughput

router = Default()
router.registerModule(Throughput, ActorConfig("throughput"), {"interval": 0.01, "target": "stdout"})
router.start()
router.block()
"""


def test_stops_the_pipeline_without_a_word_when_the_reader_of_stdout_is_gone():
    with subprocess.Popen(
        [sys.executable, "-c", LONELY], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        process.stdout.readline()
        process.stdout.close()
        assert process.wait(30) == 0
        assert process.stderr.read() == b""
