from __future__ import annotations

import os
import threading

import gevent
import pytest

from wishbone_output_file import File, syncer
from wishbone_testing import Harness, VirtualClock, wait_until


class Disk:
    """Replaces fsync: records what was synced, blocks, and fails."""

    def __init__(self, monkeypatch):
        self.synced = []
        self.error = None
        self.free = threading.Event()
        self.free.set()
        monkeypatch.setattr(syncer.os, "fsync", self.sync)

    def sync(self, descriptor):
        path = os.readlink(f"/proc/self/fd/{descriptor}")  # noqa: PTH115 - a thread, and no path
        self.free.wait(10)
        if self.error is not None:
            raise self.error
        self.synced.append(path)


@pytest.fixture
def disk(monkeypatch):
    return Disk(monkeypatch)


def feed(file, count):
    return [file.feed_acknowledged(f"line {number}") for number in range(count)]


def test_without_a_sync_events_are_acknowledged_when_they_are_written(path, disk):
    with Harness(File, {"path": str(path)}, unconnected=("success",)) as file:
        assert feed(file, 1)[0].wait().acknowledged
    assert disk.synced == []


@pytest.mark.parametrize("unconnected", [("success",), ()])
def test_always_acknowledges_after_the_sync(path, disk, unconnected):
    disk.free.clear()
    with Harness(File, {"path": str(path), "fsync": "always"}, unconnected=unconnected) as file:
        (settlement,) = feed(file, 1)
        wait_until(lambda: path.read_text() == "line 0\n")
        gevent.sleep(0.02)
        assert not settlement.errors
        assert file.received("success") == []
        disk.free.set()
        assert settlement.wait().acknowledged
        assert disk.synced.count(str(path)) == 1
        assert str(path.parent) in disk.synced  # the file was made: its name is to outlive, too


def test_one_sync_settles_all_that_was_written_before_it(path, disk):
    with Harness(File, {"path": str(path), "fsync": "always"}, unconnected=("success",)) as file:
        feed(file, 1)[0].wait()
        disk.free.clear()
        settlements = feed(file, 500)
        wait_until(lambda: path.read_text().count("\n") == 501)
        disk.free.set()
        assert all(settlement.wait().acknowledged for settlement in settlements)
    assert disk.synced.count(str(path)) <= 4


def test_a_periodic_sync_waits_for_its_time(path, disk):
    arguments = {"path": str(path), "fsync": 5}
    with VirtualClock() as clock, Harness(File, arguments, unconnected=("success",)) as file:
        settlements = feed(file, 3)
        clock.advance(4.9)
        assert path.read_text().count("\n") == 3
        assert not any(settlement.errors for settlement in settlements)
        clock.advance(0.2)
        assert all(settlement.wait().acknowledged for settlement in settlements)


def test_a_bounded_number_of_events_wait_for_a_sync(path, disk, monkeypatch):
    monkeypatch.setattr(syncer, "MAX_UNSYNCED", 50)
    with Harness(File, {"path": str(path), "fsync": 3600}, unconnected=("success",), size=10) as file:
        settlements = feed(file, 200)
        assert all(settlement.wait().acknowledged for settlement in settlements[:150])


def test_written_events_are_synced_at_the_end(path, disk):
    with Harness(File, {"path": str(path), "fsync": 3600}, unconnected=("success",)) as file:
        settlements = feed(file, 3)
    assert all(settlement.acknowledged for settlement in settlements)
    assert str(path) in disk.synced


def test_a_rotated_file_is_synced_before_its_events_are_acknowledged(path, disk):
    disk.free.clear()
    arguments = {"path": str(path), "fsync": "always", "max_size": 1}
    with Harness(File, arguments, unconnected=("success",)) as file:
        settlements = feed(file, 3)
        wait_until(lambda: len([*path.parent.iterdir()]) == 4)
        assert not any(settlement.errors for settlement in settlements)
        disk.free.set()
        assert all(settlement.wait().acknowledged for settlement in settlements)
    assert len({name for name in disk.synced if name.startswith(f"{path}.")}) == 3


@pytest.mark.parametrize("unconnected", [("success", "failed"), ("failed",)])
def test_a_sync_that_fails_for_longer_than_events_wait_fails_them(path, disk, unconnected):
    arguments = {"path": str(path), "fsync": "always", "retry_for": 0}
    with Harness(File, arguments, unconnected=unconnected) as file:
        feed(file, 1)[0].wait()
        disk.error = OSError(5, "Input/output error")
        (settlement,) = feed(file, 1)
        assert settlement.wait().failed
        assert any("Input/output error" in message for message in file.messages())
        disk.error = None
        assert feed(file, 1)[0].wait().acknowledged


@pytest.mark.parametrize("unconnected", [("success", "failed"), ("failed",)])
@pytest.mark.parametrize("fsync", ["always", 0.01])
def test_events_whose_sync_fails_are_written_again_until_the_disk_accepts_them(
    path, disk, fsync, unconnected
):
    with Harness(File, {"path": str(path), "fsync": fsync}, unconnected=unconnected) as file:
        feed(file, 1)[0].wait()
        disk.error = OSError(5, "Input/output error")
        settlements = feed(file, 3)
        wait_until(lambda: any("Input/output error" in message for message in file.messages()))
        assert not any(settlement.errors for settlement in settlements)
        disk.error = None
        assert all(settlement.wait().acknowledged for settlement in settlements)
        wait_until(lambda: "can be written again" in file.messages()[-1])
        assert file.received("failed") == []
    assert {*path.read_text().splitlines()} == {"line 0", "line 1", "line 2"}


def test_a_disk_that_hangs_does_not_hold_up_the_hub_nor_the_end(path, disk, monkeypatch):
    monkeypatch.setattr("wishbone_output_file.writer.CLOSE_SECONDS", 0.1)
    disk.free.clear()
    with Harness(File, {"path": str(path), "fsync": "always"}, unconnected=("success",)) as file:
        (settlement,) = feed(file, 1)
        wait_until(lambda: path.read_text() == "line 0\n")
        file.stop(timeout=0.1)
        assert settlement.wait().failed
        disk.free.set()
