from __future__ import annotations

import random
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from wishbone_testing import wait_until

PROGRAM = Path(__file__).with_name("pipeline_process.py")

FORMS = [(10_000, 4), pytest.param(100_000, 20, marks=pytest.mark.long)]


def run_and_interrupt(folder, lines, times, how):
    """Bring lines from one file into another, interrupted again and again; return what arrived."""
    source, target, position = (folder / name for name in ("source", "target", "position"))
    expected = [f"line {number}" for number in range(lines)]
    target.touch()
    written = 0
    for turn in range(1, times + 2):
        share = lines * turn // (times + 1)
        with source.open("a") as file:
            file.writelines(f"{line}\n" for line in expected[written:share])
        written = share
        enough = share if turn > times else random.uniform(0.2, 0.9) * lines / (times + 1)
        before = target.read_text().count("\n")
        process = subprocess.Popen([sys.executable, PROGRAM, source, target, position])
        try:
            if turn > times:
                wait_until(lambda: expected[-1] in target.read_text().split("\n")[-2:], timeout=120)
            else:
                arrived = before + enough
                wait_until(lambda: target.read_text().count("\n") >= arrived, timeout=120)  # noqa: B023
            process.send_signal(how if turn <= times else signal.SIGTERM)
            assert process.wait(30) == (-how if how == signal.SIGKILL and turn <= times else 0)
        finally:
            process.kill()
            process.wait()
    return expected, Counter(target.read_text().splitlines())


@pytest.mark.parametrize(("lines", "times"), FORMS)
def test_loses_no_line_when_killed(tmp_path, lines, times):
    expected, arrived = run_and_interrupt(tmp_path, lines, times, signal.SIGKILL)
    assert set(expected) == set(arrived)


@pytest.mark.parametrize(("lines", "times"), FORMS)
def test_loses_no_line_and_brings_none_twice_when_stopped(tmp_path, lines, times):
    expected, arrived = run_and_interrupt(tmp_path, lines, times, signal.SIGTERM)
    assert arrived == Counter(expected)
