"""An outage is not the fault of the events: they wait for its end, and are written once."""

from __future__ import annotations

import errno
import gzip
import os
import resource
import subprocess
import sys
from pathlib import Path

import gevent
import pytest

from wishbone import clock
from wishbone.actor import ActorConfig
from wishbone.event import Event
from wishbone.router import Default
from wishbone_output_file import File, open_file, output_file
from wishbone_testing import Harness, Settlement, VirtualClock, wait_until

LINES = [f"{number:03}" * 300 for number in range(150)]


def fill(disk):
    """Leave room for a few lines."""
    ballast = disk / "ballast"
    ballast.write_bytes(b"x" * 45_000)
    return ballast


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"fsync": "always"},
        {"fsync": 0.01},
        {"delay": 0.01},
        {"max_size": 8000},
        {"max_open": 1},
        {"encoder": "json"},
    ],
)
def test_events_wait_for_a_full_disk_and_are_written_once_in_order(small_disk, more):
    path, ballast = small_disk / "out.log", fill(small_disk)
    arguments = {"path": str(path), **more}
    lines = LINES[:60]
    with Harness(File, arguments, unconnected=("success", "failed")) as file:
        settlements = [file.feed_acknowledged(line) for line in lines]
        wait_until(lambda: any("No space left on device" in message for message in file.messages()))
        assert not any(settlement.failed for settlement in settlements)
        assert not all(settlement.acknowledged for settlement in settlements)
        ballast.unlink()
        assert all(settlement.wait().acknowledged for settlement in settlements)
        wait_until(lambda: any("can be written again" in message for message in file.messages()))
    found = "".join(each.read_text() for each in sorted(small_disk.iterdir(), key=age)).splitlines()
    assert [line.strip('"') for line in found] == lines


def age(path):
    """Sort rotated files by their names, and the current one last."""
    return (path.name == "out.log", path.name)


def test_a_full_disk_makes_the_modules_before_wait(small_disk):
    path, ballast = small_disk / "out.log", fill(small_disk)
    with Harness(File, {"path": str(path)}, size=10, unconnected=("success", "failed")) as file:
        feeding = gevent.spawn(lambda: [file.feed_acknowledged(line) for line in LINES[:60]])
        wait_until(file.messages)
        assert not feeding.dead
        ballast.unlink()
        assert all(settlement.wait().acknowledged for settlement in feeding.get(timeout=10))
    assert path.read_text().splitlines() == LINES[:60]


def test_an_outage_is_logged_once_a_minute(path, monkeypatch):
    refusing = Refusing(monkeypatch)
    with VirtualClock() as time, Harness(File, {"path": str(path)}, unconnected=("success",)) as file:
        refusing.code = errno.EDQUOT
        settlement = file.feed_acknowledged("x")
        time.advance(150)
        messages = file.messages()
        assert len(messages) == 3
        assert "Disk quota exceeded. Make room there, or raise the quota. Events wait" in messages[0]
        refusing.code = 0
        time.advance(3)
        assert settlement.wait().acknowledged
        assert "can be written again" in file.messages()[-1]
        assert len(file.messages()) == 4
    assert path.read_text() == "x\n"


class Refusing:
    """Replaces write: refuses it with an error as long as one is set."""

    def __init__(self, monkeypatch):
        self.code = 0
        self.room = 0
        self._write = os.write
        monkeypatch.setattr(output_file.os, "write", self.write)

    def write(self, descriptor, data):
        if self.code:
            if self.room:
                written = self._write(descriptor, bytes(data)[: self.room])
                self.room -= written
                return written
            raise OSError(self.code, os.strerror(self.code))
        return self._write(descriptor, data)


@pytest.mark.parametrize(
    "code", [errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO, errno.ESTALE, errno.EPERM]
)
@pytest.mark.parametrize("room", [0, 1, 7])
@pytest.mark.parametrize("more", [{}, {"delay": 0.01}])
def test_events_wait_for_whatever_the_system_refuses(path, monkeypatch, code, room, more):
    refusing = Refusing(monkeypatch)
    with Harness(File, {"path": str(path), **more}, unconnected=("success",)) as file:
        refusing.code, refusing.room = code, room
        settlements = [file.feed_acknowledged(text) for text in ("first", "second", "third")]
        wait_until(file.messages)
        assert not any(settlement.failed for settlement in settlements)
        refusing.code = 0
        assert all(settlement.wait().acknowledged for settlement in settlements)
        assert file.received("failed") == []
    assert path.read_text() == "first\nsecond\nthird\n"


def test_events_go_to_failed_when_they_have_waited_long_enough(path):
    with Harness(File, {"path": "/dev/full", "retry_for": 0.3}) as file:
        before = clock.monotonic()
        settlement = file.feed_acknowledged("x")
        assert file.receive("failed").data == "x"
        assert clock.monotonic() - before >= 0.3
        assert settlement.wait().acknowledged
        assert "Events wait for up to 0.3 s." in file.messages()[0]


@pytest.mark.parametrize("more", [{}, {"delay": 0.01}, {"fsync": "always"}, {"fsync": 0.01}])
def test_a_stop_during_an_outage_ends_in_time_and_settles_what_is_not_written(small_disk, more):
    path, ballast = small_disk / "out.log", fill(small_disk)
    router = Default(size=50)
    module = router.registerModule(File, ActorConfig("file", 50), {"path": str(path), **more})
    router.start()
    settlements = [Settlement() for _ in LINES[:60]]
    feeding = gevent.spawn(feed, module, settlements)
    wait_until(lambda: any(settlement.acknowledged for settlement in settlements))
    wait_until(lambda: module.pool.queue.inbox.size() or feeding.dead)
    before = clock.monotonic()
    undelivered = router.stop(timeout=0.5)
    assert clock.monotonic() - before < 5
    feeding.join(5)
    ballast.unlink()
    done = [settlement.wait().acknowledged for settlement in settlements]
    assert 0 < sum(done) < 60
    if "delay" not in more:
        assert [each.module for each in undelivered] == ["file"]
    assert path.read_text().splitlines() == [
        line for line, written in zip(LINES, done, strict=False) if written
    ]


def feed(module, settlements):
    for line, settlement in zip(LINES, settlements, strict=False):
        module.pool.queue.inbox.put(Event(line, settlement))


def test_a_stop_writes_what_there_is_room_for_again_before_its_deadline(small_disk):
    path, ballast = small_disk / "out.log", fill(small_disk)
    with Harness(File, {"path": str(path)}, unconnected=("success", "failed")) as file:
        settlements = [file.feed_acknowledged(line) for line in LINES[:60]]
        wait_until(file.messages)
        gevent.spawn_later(0.2, ballast.unlink)
        file.stop(timeout=10)
        assert all(settlement.acknowledged for settlement in settlements)
    assert path.read_text().splitlines() == LINES[:60]


def test_a_compressed_stream_waits_and_can_be_read(path, monkeypatch):
    pytest.importorskip("wishbone_codec_compression")
    refusing = Refusing(monkeypatch)
    arguments = {"path": str(path), "encoder": {"gzip": {"encoder": "plain"}}}
    with Harness(File, arguments, unconnected=("success", "failed")) as file:
        assert file.feed_acknowledged("before").wait().acknowledged
        refusing.code, refusing.room = errno.ENOSPC, 7
        settlements = [file.feed_acknowledged(text) for text in ("first", "second")]
        wait_until(file.messages)
        refusing.code = 0
        assert all(settlement.wait().acknowledged for settlement in settlements)
    assert gzip.decompress(path.read_bytes()) == b"before\nfirst\nsecond\n"


def test_a_file_that_is_rotated_from_outside_during_an_outage_gets_no_half_line(path, monkeypatch):
    refusing = Refusing(monkeypatch)
    with Harness(File, {"path": str(path)}, unconnected=("success", "failed")) as file:
        refusing.code, refusing.room = errno.ENOSPC, 9
        settlements = [file.feed_acknowledged(text) for text in ("first", "second")]
        wait_until(file.messages)
        path.rename(path.with_suffix(".1"))
        refusing.code = 0
        assert all(settlement.wait().acknowledged for settlement in settlements)
    assert path.with_suffix(".1").read_text() + path.read_text() == "first\nsecond\n"


def test_a_file_without_room_does_not_keep_events_out_of_other_files(small_disk, tmp_path):
    other = tmp_path / "other"
    other.mkdir()
    ballast = fill(small_disk)
    arguments = {"path": str(tmp_path / "{{ data.where }}" / "out.log"), "encoder": "json"}
    with Harness(File, arguments, unconnected=("success",)) as file:
        full = [file.feed_acknowledged({"where": "disk", "text": line}) for line in LINES[:60]]
        free = file.feed_acknowledged({"where": "other"})
        wait_until(file.messages)
        ballast.unlink()
        assert all(settlement.wait().acknowledged for settlement in [*full, free])
    assert (other / "out.log").read_text() == '{"where":"other"}\n'


def test_events_wait_while_the_folder_refuses_new_files(tmp_path):
    folder = tmp_path / "folder"
    folder.mkdir()
    script = f"""
import os
from gevent import monkey
monkey.patch_all()
from wishbone_output_file import File
from wishbone_testing import Harness, wait_until
with Harness(File, {{"path": "/dev/{{{{ data }}}}"}}, unconnected=("success", "failed")) as file:
    file.feed_acknowledged("null")  # imports what cannot be read later
    file.feed_acknowledged("null").wait()
if os.geteuid() == 0:
    os.chown({str(folder)!r}, 65534, 65534)
    os.setgid(65534); os.setuid(65534)
for path in ({str(folder)!r} + "/fixed", {str(folder)!r} + "/{{{{ data }}}}"):
    os.chmod({str(folder)!r}, 0o755)
    with Harness(File, {{"path": path}}, unconnected=("success", "failed")) as file:
        [os.unlink(each) for each in os.scandir({str(folder)!r})]
        os.chmod({str(folder)!r}, 0o555)
        settlement = file.feed_acknowledged("text")
        wait_until(file.messages)
        print(file.messages()[0], settlement.errors)
        os.chmod({str(folder)!r}, 0o755)
        print(settlement.wait().acknowledged)
"""
    tmp_path.chmod(0o755)
    for parent in list(tmp_path.parents)[:2]:
        parent.chmod(0o755)
    command = [sys.executable, "-W", "error", "-c", script]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.stdout.count("Permission denied. Give this process the right to write there.") == 2, (
        done.stderr
    )
    assert done.stdout.count("True") == 2
    assert (folder / "text").read_text() == "text\n"


def test_a_name_from_a_payload_that_cannot_be_opened_fails_its_event_alone(tmp_path):
    (tmp_path / "folder").mkdir()
    (tmp_path / "link").symlink_to("/etc/passwd")
    with Harness(File, {"path": str(tmp_path / "{{ data }}")}, unconnected=("success", "failed")) as file:
        for name in ("folder", "link", "link/x"):
            assert file.feed_acknowledged(name).wait().failed
        assert file.feed_acknowledged("good").wait().acknowledged


def test_events_wait_for_free_descriptors(tmp_path, monkeypatch):
    arguments = {"path": str(tmp_path / "{{ data }}")}
    real = os.open
    limit = [True]

    def refuse(*arguments, **named):
        if limit[0]:
            raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))
        return real(*arguments, **named)

    with Harness(File, arguments, unconnected=("success", "failed")) as file:
        monkeypatch.setattr(open_file.os, "open", refuse)
        settlement = file.feed_acknowledged("a")
        wait_until(file.messages)
        assert "lower 'max_open' or raise ulimit -n" in file.messages()[0]
        limit[0] = False
        assert settlement.wait().acknowledged


def test_files_that_are_not_used_give_their_descriptors_to_others(tmp_path):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with Harness(File, {"path": str(tmp_path / "{{ data }}")}, unconnected=("success", "failed")) as file:
        file.feed_acknowledged("0").wait()
        used = len([*Path("/proc/self/fd").iterdir()])
        resource.setrlimit(resource.RLIMIT_NOFILE, (used + 12, hard))
        try:
            settlements = [file.feed_acknowledged(str(number)) for number in range(60)]
            assert all(settlement.wait().acknowledged for settlement in settlements)
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert {each.name for each in tmp_path.iterdir()} == {str(number) for number in range(60)}


def test_a_pipeline_starts_although_the_disk_is_full(path, monkeypatch):
    real, full = os.open, [True]

    def refuse(name, flags, *arguments, **named):
        if full[0] and flags & os.O_CREAT:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return real(name, flags, *arguments, **named)

    monkeypatch.setattr(open_file.os, "open", refuse)
    with Harness(File, {"path": str(path)}, unconnected=("success", "failed")) as file:
        settlement = file.feed_acknowledged("x")
        wait_until(file.messages)
        full[0] = False
        assert settlement.wait().acknowledged
        wait_until(lambda: "can be written again" in file.messages()[-1])
    assert path.read_text() == "x\n"
