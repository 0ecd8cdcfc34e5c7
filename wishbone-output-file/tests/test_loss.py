"""Whatever happens, what was acknowledged is in the files, whole, once and in order."""

from __future__ import annotations

import gzip
import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import gevent
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from wishbone_output_file import File, output_file, syncer, writer
from wishbone_output_file.rotated_name import find_rotated
from wishbone_testing import Harness, Server, wait_until

settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")

STEPS = st.lists(
    st.integers(0, 40)  # an event with so many characters more
    | st.sampled_from(["full", "cut", "free", "broken sync", "moved", "emptied", "removed", "wait"]),
    max_size=60,
)
ARGUMENTS = st.fixed_dictionaries(
    {},
    optional={
        "max_size": st.integers(1, 200),
        "fsync": st.sampled_from(["never", "always", 0.001]),
        "delay": st.sampled_from([0, 0.001]),
    },
)


class Disk:
    """Replaces write and fsync, and fails on demand."""

    def __init__(self, monkeypatch):
        self.room = None
        self.broken = False
        self._write, self._fsync = os.write, os.fsync
        monkeypatch.setattr(output_file.os, "write", self.write)
        monkeypatch.setattr(syncer.os, "fsync", self.sync)

    def write(self, descriptor, data):
        if self.room is None:
            return self._write(descriptor, data)
        if not self.room:
            raise OSError(28, "No space left on device")
        taken = self._write(descriptor, bytes(data)[: self.room])
        self.room -= taken
        return taken

    def sync(self, descriptor):
        if self.broken:
            raise OSError(5, "Input/output error")
        self._fsync(descriptor)


class World:
    """A file, what happens to it from outside, and all that was ever in it."""

    def __init__(self, folder, disk):
        self.path = Path(folder, "out.log")
        self.disk = disk
        self.taken = []
        self._moves = 0

    def happen(self, what):
        if what == "full":
            self.disk.room = 0
        elif what == "cut":
            self.disk.room = 7
        elif what == "free":
            self.disk.room, self.disk.broken = None, False
        elif what == "broken sync":
            self.disk.broken = True
        elif what != "wait" and self.path.exists():
            self._from_outside(what)

    def _from_outside(self, what):
        self._take()
        if what == "moved":
            self._moves += 1
            self.path.rename(self.path.with_name(f"moved.{self._moves}"))
        elif what == "emptied":
            os.truncate(self.path, 0)
        elif what == "removed":
            self.path.unlink()

    def _take(self):
        """Note what is in the files, which is about to go from where it is."""
        for each in find_rotated(self.path.name, [found.name for found in self.path.parent.iterdir()]):
            found = self.path.with_name(each.name)
            self.taken.append(found.read_text())
            found.unlink()
        if self.path.exists():
            self.taken.append(self.path.read_text())

    def lines(self):
        self._take()
        return "".join(self.taken).splitlines(keepends=True)


@given(STEPS, ARGUMENTS)
@example([1, "cut", 2, 3, "free", 4], {"max_size": 10})
@example([1, "cut", 2, 3, "free", 4, "emptied", 5, "moved", 6], {"fsync": "always"})
def test_acknowledged_events_are_in_the_files_whatever_happens(steps, arguments):
    with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        world = World(folder, Disk(patch))
        arguments = {"path": str(world.path), "retry_for": 0, **arguments}
        settlements = {}
        with Harness(File, arguments, unconnected=("success", "failed")) as file:
            for number, step in enumerate(steps):
                if isinstance(step, int):
                    line = f"{number:03}{'x' * step}\n"
                    settlements[line] = file.feed_acknowledged(line[:-1])
                    continue
                for settlement in settlements.values():
                    if step not in {"full", "cut", "broken sync"}:
                        settlement.wait()
                world.happen(step)
            world.happen("free")
        lines = world.lines()
    assert all(len(settlement.errors) == 1 for settlement in settlements.values())
    acknowledged = [line for line, settlement in settlements.items() if settlement.acknowledged]
    # A line whose sync failed is there, and counts as failed: it is not lost.
    assert [line for line in lines if line in acknowledged] == acknowledged
    assert {*lines} <= {*settlements}
    assert len(lines) == len({*lines})


@settings(max_examples=50)
@given(STEPS, ARGUMENTS)
@example([1, "cut", 2, 3, "free", 4], {"max_size": 10})
@example([1, "cut", 2, 3, "moved", 4, "emptied", 5, "free", 6], {"fsync": "always"})
@example([1, "cut", 2, "removed", 4, "free", 5], {"delay": 0.001})
def test_events_are_written_once_and_in_order_however_many_outages_there_are(steps, arguments):
    with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(writer, "LONGEST_PAUSE_SECONDS", 0.002)
        world = World(folder, Disk(patch))
        settlements = {}
        with Harness(File, {"path": str(world.path), **arguments}, unconnected=("success", "failed")) as file:
            for number, step in enumerate(steps):
                if isinstance(step, int):
                    line = f"{number:03}{'x' * step}\n"
                    settlements[line] = file.feed_acknowledged(line[:-1])
                elif step != "broken sync":  # may write events twice
                    for settlement in settlements.values():
                        if world.disk.room is None:
                            settlement.wait()
                    gevent.sleep(0.001)
                    world.happen(step)
            world.happen("free")
            assert all(settlement.wait().acknowledged for settlement in settlements.values())
        assert world.lines() == [*settlements]


WRITER = """
import sys
from gevent import monkey
monkey.patch_all()
from wishbone_output_file import File
from wishbone_testing import Harness
path, name, count, size = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
arguments = {"path": path, "max_size": size or None}
with Harness(File, arguments, unconnected=("success",)) as file:
    for number in range(count):
        file.feed(f"{name} {number:06} {'x' * (number % 50)}")
    file.stop()
    print(file.messages())
"""


@pytest.mark.parametrize("size", [0, 10_000])
def test_processes_that_write_to_one_file_cut_none_of_their_lines(path, size):
    command = [sys.executable, "-W", "error", "-c", WRITER, path]
    processes = [
        subprocess.Popen([*command, name, "1500", str(size)], stdout=subprocess.PIPE, text=True)
        for name in "abc"
    ]
    assert [process.communicate()[0].strip() for process in processes] == ["[]"] * 3
    names = [found.name for found in path.parent.iterdir()]
    text = "".join((path.parent / each.name).read_text() for each in find_rotated(path.name, names))
    lines = (text + path.read_text()).splitlines()
    for name in "abc":
        own = sorted(line for line in lines if line.startswith(name))
        assert own == [f"{name} {number:06} {'x' * (number % 50)}" for number in range(1500)]
    assert len(lines) == 4500


PIPELINE = """
modules:
  input:
    module: wishbone.input.file
    arguments: {{path: {source}, decoder: plain, position: {position}}}
  file:
    module: wishbone.output.file
    arguments: {{path: {path}, max_size: 50000, compress: gzip, fsync: {fsync}}}
routingtable:
  - input.outbox -> file.inbox
"""


def contents(path):
    """Return what is in the files now: one that is compressed meanwhile counts once."""
    texts = {}
    for each in find_rotated(path.name, [found.name for found in path.parent.glob("*")]):
        with suppress(FileNotFoundError):
            data = path.with_name(each.name).read_bytes()
            if not each.partial:
                texts[each.time] = (gzip.decompress(data) if each.suffix else data).decode()
    with suppress(FileNotFoundError):
        texts["now"] = path.read_text()
    return "".join(texts.values())


@pytest.mark.parametrize("fsync", [pytest.param("never", marks=pytest.mark.long), "always"])
def test_nothing_is_lost_when_the_process_is_killed_again_and_again(tmp_path, fsync):
    pytest.importorskip("wishbone_cli")
    pytest.importorskip("wishbone_input_file")
    path, source, config = tmp_path / "out" / "out.log", tmp_path / "source", tmp_path / "pipeline.yaml"
    source.write_text("".join(f"line {number}\n" for number in range(40_000)))
    position = tmp_path / "position"
    config.write_text(PIPELINE.format(source=source, position=position, path=path, fsync=fsync))
    with Server(config) as server:
        for kills in range(1, 3):
            wait_until(lambda kills=kills: len(contents(path)) > kills * 100_000)
            server.kill()
            server.start()
        assert server.wait(60) == 0
    assert {*contents(path).splitlines()} >= {f"line {number}" for number in range(40_000)}


def test_text_continues_on_a_new_line_after_a_process_was_killed_within_one(path, write):
    path.write_text("whole\nhal")
    assert write("next", "last") == [True, True]
    assert write("after") == [True]
    assert path.read_text() == "whole\nhal\nnext\nlast\nafter\n"
