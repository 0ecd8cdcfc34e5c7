from __future__ import annotations

import json
import random
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from wishbone_testing import wait_until

PROGRAM = Path(__file__).with_name("pipeline_process.py")

WIDTH = len("line 000000\n")

FORMS = [(3_000, 3), pytest.param(100_000, 20, marks=pytest.mark.long)]


class Copy:
    """Lines of one file, brought into another by processes that are interrupted again and again."""

    def __init__(self, folder, lines):
        self.source, self.target, self.position = (folder / name for name in ("source", "target", "position"))
        self.expected = [f"line {number:06}" for number in range(lines)]
        self.written = 0
        self.source.touch()
        self.target.touch()

    def write_until(self, count):
        with self.source.open("a") as file:
            file.writelines(f"{line}\n" for line in self.expected[self.written : count])
        self.written = count

    @property
    def arrived(self):
        return self.target.read_text().splitlines()

    @property
    def arrived_total(self):
        return self.target.stat().st_size // WIDTH

    @property
    def settled(self):
        """How many lines the position file says are settled."""
        return json.loads(self.position.read_bytes())[0]["line"] if self.position.exists() else 0

    def run_until(self, condition, how):
        process = subprocess.Popen([sys.executable, PROGRAM, self.source, self.target, self.position])
        try:
            wait_until(condition, timeout=120)
            process.send_signal(how)
            assert process.wait(30) == (-how if how == signal.SIGKILL else 0)
        finally:
            process.kill()
            process.wait()

    def run_interrupted(self, times, how):
        """Interrupt it that often while the file still grows, and let it finish then.

        Returns:
            Where each run but the first went on: the lines it took for settled, and those that had arrived.
        """
        places, in_the_middle = [], 0
        share = len(self.expected) // (times + 1)
        ahead = share * times // 2
        for turn in range(times):
            self.write_until(share * (turn + 1) // 2 + ahead)
            enough = max(self.settled, int(share * (turn + random.uniform(0.1, 0.6))))
            self.run_until(lambda: self.settled > enough, how)  # noqa: B023 - called at once
            places.append((self.settled, self.arrived_total))
            in_the_middle += self.settled < self.written
        assert in_the_middle
        self.write_until(len(self.expected))
        self.run_until(lambda: self.settled == len(self.expected), signal.SIGTERM)
        return places


@pytest.mark.parametrize(("lines", "times"), FORMS)
def test_loses_no_line_and_continues_at_its_position_when_killed(tmp_path, lines, times):
    copy = Copy(tmp_path, lines)
    places = copy.run_interrupted(times, signal.SIGKILL)
    arrived = copy.arrived
    print(f"{len(arrived)} lines arrived of {lines}, killed {times} times")
    assert set(arrived) == set(copy.expected)
    for settled, count in places:
        assert arrived[count] == copy.expected[settled]


@pytest.mark.parametrize(("lines", "times"), FORMS)
def test_delivers_each_line_once_when_stopped(tmp_path, lines, times):
    copy = Copy(tmp_path, lines)
    copy.run_interrupted(times, signal.SIGTERM)
    assert Counter(copy.arrived) == Counter(copy.expected)


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_loses_no_line_when_the_file_is_renamed_between_restarts(tmp_path, monkeypatch, how):
    monkeypatch.setenv("SECONDS_PER_LINE", "0.002")
    copy = Copy(tmp_path, 2000)
    copy.write_until(1900)
    copy.run_until(lambda: copy.arrived_total > 200, how)
    copy.source.rename(tmp_path / "source.1")
    copy.write_until(2000)
    for enough in (400, 600):
        copy.run_until(lambda enough=enough: copy.arrived_total > enough, how)
    copy.run_until(lambda: len({*copy.arrived}) == 2000, signal.SIGTERM)
    assert {*copy.arrived} == {*copy.expected}
