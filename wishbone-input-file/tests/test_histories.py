"""Whatever is done to files, and however often the process dies: every line comes, and without kills once."""

from __future__ import annotations

import gzip
import os
import shutil
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from reading import settle_with, wait_a_round

from wishbone_input_file import File
from wishbone_testing import Harness, wait_until

FILE_STEPS = ["append", "rename", "copytruncate", "compress", "remove", "move", "restore"]
RUN_STEPS = ["round", "stop", "kill", "kill within a step"]


class World:
    """A log that is rotated, and a pipeline that follows it."""

    def __init__(self, folder):
        self.folder = Path(folder)
        self.path = self.folder / "app.log"
        self.position = self.folder / "position"
        self.written = []
        self.seen = []
        self.file = None

    def start(self):
        arguments = {
            "path": f"{self.path}*",
            "follow": True,
            "poll": 0.005,
            "position": str(self.position),
        }
        self.file = Harness(File, arguments)
        self.file.__enter__()
        settle_with(self.file, {}, self.seen.append)

    def stop(self):
        self.file.__exit__(None, None, None)

    def step(self, step):
        getattr(self, step.replace(" ", "_"))()

    def round(self):
        wait_a_round(self.file)

    def settle(self):
        """Wait until every line has come and is settled."""
        wait_until(lambda: {*self.seen} >= {*self.written}, timeout=20)
        wait_a_round(self.file)
        wait_until(lambda: not self.file.module._reader.pending)

    def restart(self):
        self.stop()
        self.start()

    def kill(self):
        """Restart from the position file of this moment, as after a kill."""
        stored = self.position.read_bytes()
        self.stop()
        self.position.write_bytes(stored)
        self.start()

    def kill_within_a_step(self):
        """Restart from the position file of this moment, after one more change to the files."""
        stored = self.position.read_bytes()
        self.stop()
        self.position.write_bytes(stored)
        self.append()
        self.rename()
        self.append()
        self.start()

    def append(self):
        lines = [f"{number:06} {'x' * 100}" for number in range(len(self.written), len(self.written) + 40)]
        with self.path.open("a") as file:
            file.writelines(f"{line}\n" for line in lines)
        self.written += lines

    def rename(self):
        self._shift()
        if self.path.exists():
            self.path.rename(self._rotated(1))

    def copytruncate(self):
        self._shift()
        if self.path.exists():
            shutil.copyfile(self.path, self._rotated(1))
            os.truncate(self.path, 0)

    def compress(self):
        for found in self._all_rotated():
            if found.suffix != ".gz":
                partial = self.folder / "partial"
                partial.write_bytes(gzip.compress(found.read_bytes()))
                partial.rename(f"{found}.gz")
                found.unlink()
                return

    def remove(self):
        for found in self._all_rotated()[-1:]:
            data = found.read_bytes()
            text = gzip.decompress(data) if found.suffix == ".gz" else data
            if {*text.decode().splitlines()} <= {*self.seen}:
                found.unlink()

    def move(self):
        """Give a file another inode, as when it is moved to another disk and back."""
        for found in [self.path, *self._all_rotated()]:
            if found.exists():
                copy = self.folder / "copy"
                shutil.copyfile(found, copy)
                copy.rename(found)
                return

    def restore(self):
        """Take a file away and put it back."""
        for found in self._all_rotated():
            away = self.folder / "away"
            found.rename(away)
            self.round()
            away.rename(found)
            return

    def _shift(self):
        for found in reversed(self._all_rotated()):
            number = int(found.name.split(".")[2])
            found.rename(str(found).replace(f".log.{number}", f".log.{number + 1}"))

    def _rotated(self, number):
        return self.folder / f"app.log.{number}"

    def _all_rotated(self):
        return sorted(self.folder.glob("app.log.*"), key=lambda found: int(found.name.split(".")[2]))


def run(steps, settled):
    """Run a history, and return how often each line came."""
    with TemporaryDirectory() as folder:
        world = World(folder)
        world.start()
        for step in steps:
            if settled:
                world.settle()
            world.step("restart" if step == "stop" else step)
        try:
            world.settle()
        finally:
            world.stop()
        return Counter(world.seen), world.written


def check(steps, settled):
    seen, written = run(steps, settled)
    assert {*seen} == {*written}
    if settled:
        assert {*seen.values()} <= {1}


histories = settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much]
)
long_histories = settings(histories, max_examples=300)
STEPS = st.lists(st.sampled_from(FILE_STEPS + RUN_STEPS), max_size=14)
QUIET = st.lists(st.sampled_from([*FILE_STEPS, "round", "stop"]), max_size=14)


@histories
@given(STEPS)
@example(["append", "rename", "append", "kill", "kill within a step", "kill"])
@example(["append", "copytruncate", "append", "kill", "compress", "kill"])
def test_every_line_comes_at_least_once(steps):
    check(steps, settled=False)


@histories
@given(QUIET)
@example(["append", "rename", "append", "compress", "move", "stop", "restore"])
@example(["append", "copytruncate", "append", "stop", "copytruncate", "compress"])
def test_every_line_comes_once_without_kills(steps):
    check(steps, settled=True)


@pytest.mark.long
@long_histories
@given(STEPS)
def test_every_line_comes_at_least_once_in_many_histories(steps):
    check(steps, settled=False)


@pytest.mark.long
@long_histories
@given(QUIET)
def test_every_line_comes_once_without_kills_in_many_histories(steps):
    check(steps, settled=True)
