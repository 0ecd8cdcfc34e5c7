from __future__ import annotations

import gzip
import os
import re
import stat
import subprocess
from datetime import UTC, datetime
from threading import Event as Flag
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from wishbone import clock
from wishbone.arguments import TimeZone
from wishbone_output_file import File, archive, retention, rotation
from wishbone_output_file.archive import maintain
from wishbone_output_file.rotated_name import find_rotated, is_rotated, next_name
from wishbone_output_file.schedule import Schedule
from wishbone_testing import Harness, VirtualClock, wait_until

OLD = "out.log.20200101T000000.000000Z"


def names(path):
    """Return what is in the folder of a file."""
    return sorted(found.name for found in path.parent.iterdir())


def parts(path):
    """Return the contents of what was rotated, oldest first, and of the file itself."""
    old = [each.name for each in find_rotated(path.name, names(path))]
    return [expanded(path.parent / name) for name in [*old, path.name]]


def expanded(path):
    data = path.read_bytes()
    if path.suffix == ".gz":
        return gzip.decompress(data).decode()
    if path.suffix == ".zst":
        return pytest.importorskip("backports.zstd").decompress(data).decode()
    return data.decode()


def run(path, *payloads, **arguments):
    with Harness(File, {"path": str(path), **arguments}, unconnected=("success",)) as file:
        settlements = [file.feed_acknowledged(payload) for payload in payloads]
        assert all(settlement.wait().acknowledged for settlement in settlements)
        assert file.messages() == []


def test_a_file_is_rotated_at_its_size_and_has_one_event_more_at_most(path):
    run(path, *(f"{number:04}" for number in range(100)), max_size=52)
    assert "".join(parts(path)) == "".join(f"{number:04}\n" for number in range(100))
    assert {len(part) for part in parts(path)[:-1]} == {55}


def test_an_event_larger_than_max_size_has_a_file_of_its_own(path):
    run(path, "x" * 100, "y" * 100, max_size=10)
    assert parts(path) == ["x" * 100 + "\n", "y" * 100 + "\n", ""]


def test_a_file_that_was_too_large_before_is_rotated_first(path):
    path.write_text("before\n")
    run(path, "after", max_size=7)
    assert parts(path) == ["before\n", "after\n"]


def test_each_rotated_file_has_a_csv_header(path):
    pytest.importorskip("wishbone_codec_csv")
    run(path, *({"n": number} for number in range(9)), encoder={"csv": {"line_end": "\n"}}, max_size=6)
    assert [part for part in parts(path) if part] == [f"n\n{n}\n{n + 1}\n" for n in range(0, 8, 2)] + [
        "n\n8\n"
    ]


def test_a_file_is_rotated_at_midnight_of_its_time_zone(path):
    start = datetime(2026, 11, 23, 22, 59, 50, tzinfo=UTC)  # ten seconds before midnight in Brussels
    arguments = {"path": str(path), "rotate": "day", "timezone": "Europe/Brussels"}
    with VirtualClock(start) as clock, Harness(File, arguments) as file:
        file.feed_acknowledged("monday").wait()
        clock.advance(9)
        assert parts(path) == ["monday\n"]
        clock.advance(2)
        assert parts(path) == ["monday\n", ""]
        file.feed_acknowledged("tuesday").wait()
        assert parts(path) == ["monday\n", "tuesday\n"]


def test_an_empty_file_is_not_rotated(path):
    with VirtualClock() as clock, Harness(File, {"path": str(path), "rotate": 60}) as file:
        file.feed_acknowledged("x").wait()
        clock.advance(200)
        assert parts(path) == ["x\n", ""]


def test_a_file_of_the_day_before_is_rotated_when_it_is_opened(path):
    path.write_text("yesterday\n")
    os.utime(path, (1, 1))
    run(path, "today", rotate="day")
    assert parts(path) == ["yesterday\n", "today\n"]


@pytest.mark.parametrize(
    ("every", "zone", "moment", "end"),
    [
        ("day", "UTC", "2026-11-23T00:00:00+00:00", "2026-11-24T00:00:00+00:00"),
        ("day", "Europe/Brussels", "2026-10-25T00:30:00+02:00", "2026-10-26T00:00:00+01:00"),
        ("day", "America/Santiago", "2026-09-05T12:00:00-04:00", "2026-09-06T01:00:00-03:00"),
        ("hour", "Asia/Kolkata", "2026-11-23T12:29:00+00:00", "2026-11-23T12:30:00+00:00"),
        ("hour", "Europe/Brussels", "2026-10-25T02:30:00+02:00", "2026-10-25T02:00:00+01:00"),
        (90, "Europe/Brussels", "1970-01-01T00:01:29+00:00", "1970-01-01T00:01:30+00:00"),
    ],
)
def test_a_period_ends(every, zone, moment, end):
    found = Schedule(every, TimeZone(zone)).end(datetime.fromisoformat(moment).timestamp())
    assert datetime.fromtimestamp(found, UTC) == datetime.fromisoformat(end)


@given(
    st.sampled_from(["hour", "day", 1.0, 7.5, 86400.0]),
    st.sampled_from(["UTC", "Europe/Brussels", "America/Santiago", "Australia/Lord_Howe", "Asia/Kathmandu"]),
    st.floats(0, 4e9),
)
@example("day", "Africa/Cairo", datetime(2026, 4, 24, 0, 30, tzinfo=ZoneInfo("Africa/Cairo")).timestamp())
def test_a_period_always_ends_later_and_soon_enough(every, zone, moment):
    end = Schedule(every, TimeZone(zone)).end(moment)
    length = {"hour": 3600, "day": 90_001}.get(every, every)
    assert moment < end <= moment + length


def test_the_oldest_rotated_files_are_removed(path):
    run(path, *(f"{number}" for number in range(10)), max_size=2, keep=3)
    assert parts(path) == ["7\n", "8\n", "9\n", ""]


def test_other_files_are_never_removed(path):
    others = [f"{OLD}.bak", f"x{OLD}", "out.log.1", OLD.replace("out.log", "out.log.old")]
    for name in others:
        (path.parent / name).write_text("mine")
    run(path, *"abc", max_size=2, keep=1, compress="gzip")
    assert all((path.parent / name).read_text() == "mine" for name in others)


@pytest.mark.parametrize("compression", ["gzip", "zstd"])
def test_a_rotated_file_is_compressed_with_its_permissions(path, compression):
    if compression == "zstd":
        pytest.importorskip("backports.zstd")
    run(path, *(f"{number:04}" for number in range(100)), max_size=50, compress=compression, mode="0604")
    suffix = archive.SUFFIXES[compression]
    assert "".join(parts(path)) == "".join(f"{number:04}\n" for number in range(100))
    found = {name for name in names(path) if is_rotated(name)}
    assert len(found) == 10
    assert all(name.endswith(suffix) for name in found)
    assert {stat.S_IMODE((path.parent / name).stat().st_mode) for name in found} == {0o604}


def test_other_programs_expand_it(path):
    run(path, "x" * 1000, max_size=2, compress="gzip")
    (name,) = (name for name in names(path) if is_rotated(name))
    done = subprocess.run(["gzip", "-dc", path.parent / name], capture_output=True, check=True)
    assert done.stdout == b"x" * 1000 + b"\n"


@pytest.mark.parametrize("left", ["a part", "a part of more", "both", "nothing"])
def test_the_next_start_finishes_interrupted_work(path, left):
    old, done = path.parent / OLD, path.parent / f"{OLD}.gz"
    old.write_text("kept\n" * 1000)
    if left.startswith("a part"):
        (path.parent / f"{OLD}.gz.part").write_bytes(b"\x1f\x8b half" * (9999 if "more" in left else 1))
    if left == "both":
        done.write_bytes(gzip.compress(old.read_bytes()))
    run(path, rotate="day", compress="gzip")
    assert gzip.decompress(done.read_bytes()) == b"kept\n" * 1000
    assert names(path) == ["out.log", done.name]


def rotated_in(folder):
    return find_rotated("out.log", os.listdir(folder))  # noqa: PTH208 - a descriptor


def tidied(path, monkeypatch, broken, error):
    """Tidy up with a function of the system broken, and return what is there then."""
    (path.parent / OLD).write_text("kept\n" * 100_000)
    folder = os.open(path.parent, os.O_RDONLY)

    def fail(*_, **__):
        raise error

    monkeypatch.setattr(archive.os, broken, fail)
    try:
        with pytest.raises(type(error)):
            maintain(folder, rotated_in(folder), None, "gzip", lambda: False)
    finally:
        monkeypatch.undo()
        os.close(folder)
    return {name: (path.parent / name).read_bytes() for name in names(path)}


@pytest.mark.parametrize("broken", ["write", "fsync", "rename", "utime"])
def test_a_file_stays_as_it_is_when_it_cannot_be_compressed(path, monkeypatch, broken):
    left = tidied(path, monkeypatch, broken, OSError(28, "No space left on device"))
    assert left == {OLD: b"kept\n" * 100_000}


def test_nothing_is_lost_when_it_dies_between_rename_and_removal(path, monkeypatch):
    class Death(BaseException):
        pass

    left = tidied(path, monkeypatch, "unlink", Death())
    assert gzip.decompress(left[f"{OLD}.gz"]) == left[OLD]


def test_a_file_that_is_still_written_to_is_left_for_the_next_time(path, monkeypatch):
    (path.parent / OLD).write_text("x")
    folder = os.open(path.parent, os.O_RDONLY)
    real = os.fsync

    def grow(descriptor):
        with (path.parent / OLD).open("a") as file:
            file.write("y")
        real(descriptor)

    monkeypatch.setattr(archive.os, "fsync", grow)
    maintain(folder, rotated_in(folder), None, "gzip", lambda: False)
    os.close(folder)
    assert {name: (path.parent / name).read_text() for name in names(path)} == {OLD: "xy"}


def test_compression_ends_when_the_module_is_killed(path):
    (path.parent / OLD).write_bytes(os.urandom(3 * archive.BLOCK))
    folder = os.open(path.parent, os.O_RDONLY)
    answers = iter([False, False, True])
    maintain(folder, rotated_in(folder), None, "gzip", lambda: next(answers))
    os.close(folder)
    assert names(path) == [OLD]


def test_two_processes_do_not_compress_the_same_file(path):
    (path.parent / OLD).write_text("x")
    partial = path.parent / f"{OLD}.gz.part"
    command = ["flock", str(partial), "sh", "-c", "echo held; exec cat"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout.readline() == b"held\n"
        folder = os.open(path.parent, os.O_RDONLY)
        maintain(folder, rotated_in(folder), None, "gzip", lambda: False)
        assert names(path) == [OLD, partial.name]
        other.stdin.close()
        other.wait()
        maintain(folder, rotated_in(folder), None, "gzip", lambda: False)
        os.close(folder)
    assert names(path) == [f"{OLD}.gz"]


def test_a_folder_in_which_another_process_rotates_is_left_to_it(path):
    command = ["flock", str(path.parent), "sh", "-c", "echo held; exec cat"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout.readline() == b"held\n"
        run(path, *"abc", max_size=2)
        assert parts(path) == ["a\nb\nc\n"]
        other.stdin.close()
    run(path, max_size=2)
    assert parts(path) == ["a\nb\nc\n", ""]


def test_a_file_that_cannot_be_rotated_grows_on(path, monkeypatch):
    def refuse(*_, **__):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(rotation.os, "rename", refuse)
    with VirtualClock() as clock, Harness(File, {"path": str(path), "max_size": 2}) as file:
        for payload in "abc":
            assert file.feed_acknowledged(payload).wait().acknowledged
        assert parts(path) == ["a\nb\nc\n"]
        assert re.search("cannot be rotated: .*Permission denied.*It grows", "".join(file.messages()))
        assert len(file.messages()) == 1
        monkeypatch.undo()
        clock.advance(rotation.RETRY_SECONDS + 1)
        wait_until(lambda: parts(path) == ["a\nb\nc\n", ""])


def test_a_file_is_rotated_in_time_after_a_clock_that_went_wrong_was_set_right(path, monkeypatch):
    with VirtualClock() as virtual, Harness(File, {"path": str(path), "rotate": "day"}) as file:
        file.feed_acknowledged("x").wait()
        time = clock.time
        monkeypatch.setattr(clock, "time", lambda: time() - 1e9)
        virtual.advance(2 * 86400)
        assert parts(path) == ["x\n", ""]


def test_thousands_of_files_need_no_descriptor_while_another_is_compressed(path, monkeypatch):
    held, waits = Flag(), Flag()
    monkeypatch.setattr(retention, "maintain", lambda *_: (waits.set(), held.wait()))
    arguments = {"path": f"{path.parent}/{{{{ data }}}}.log", "max_size": 1000, "keep": 1, "max_open": 2}
    with Harness(File, arguments, unconnected=("success",)) as file:
        file.feed_acknowledged("0").wait()
        assert waits.wait(10)
        before = len(os.listdir("/dev/fd"))  # noqa: PTH208 - they are numbers
        for number in range(1, 100):
            file.feed_acknowledged(str(number)).wait()
        assert len(os.listdir("/dev/fd")) <= before + 4  # noqa: PTH208
        held.set()


def test_a_folder_is_listed_once_for_all_its_files(tmp_path, monkeypatch):
    listed, listdir = [], os.listdir
    monkeypatch.setattr(retention.os, "listdir", lambda folder: listed.append(folder) or listdir(folder))
    arguments = {"path": f"{tmp_path}/{{{{ data }}}}.log", "max_size": 1000, "keep": 1, "compress": "gzip"}
    with Harness(File, arguments, unconnected=("success",)) as file:
        for number in range(500):
            file.feed_acknowledged(str(number)).wait()
    assert len(listed) < 50


def test_a_clock_that_is_set_back_does_not_change_the_order(path):
    (path.parent / "out.log.20990101T000000.000000Z").write_text("before\n")
    run(path, "after", max_size=2)
    assert parts(path) == ["before\n", "after\n", ""]


@given(st.lists(st.floats(0, 4e9), max_size=9))
def test_names_sort_as_the_files_came(moments):
    made = []
    for moment in moments:
        made.append(next_name("x", moment, made))
    assert sorted(made) == made
    assert len({*made}) == len(made)
    assert [each.name for each in find_rotated("x", made[::-1])] == made
