"""Which files are read, out of those that a pattern matches."""

from __future__ import annotations

import gzip
import os

import pytest
from reading import append, follow, read, settle_with, texts, wait_a_round

from wishbone import clock
from wishbone_input_file import File
from wishbone_testing import Harness, wait_until


def make_old(path, seconds=1000):
    now = clock.time()
    os.utime(path, (now - seconds, now - seconds))


@pytest.mark.parametrize(
    ("exclude", "expected"),
    [
        ("*.gz", ["a", "b", "c"]),
        (["*.gz", "b*"], ["a", "c"]),
        ("*/sub/*", ["a", "b", "z"]),
        ("sub", ["a", "b", "z", "c"]),
        ("B*", ["a", "b", "z", "c"]),
        ([], ["a", "b", "z", "c"]),
    ],
)
@pytest.mark.parametrize("followed", [False, True])
def test_reads_no_excluded_file(tmp_path, exclude, expected, followed):
    (tmp_path / "sub").mkdir()
    for name in ("a", "b", "sub/c"):
        (tmp_path / name).write_text(f"{name[-1]}\n")
    (tmp_path / "b.gz").write_bytes(gzip.compress(b"z\n"))
    pattern = tmp_path / "**"
    if followed:
        with follow(pattern, exclude=exclude) as file:
            assert {event.data for event in file.receive_many(len(expected))} == {*expected}
            wait_a_round(file)
            assert file.received() == []
    else:
        files = [str(path) for path in (tmp_path / "a", tmp_path / "b*", tmp_path / "sub" / "*")]
        assert texts(read(files, exclude=exclude)) == expected


def test_the_rest_of_a_renamed_file_is_read_though_its_new_name_is_excluded(tmp_path):
    path, position = tmp_path / "app.log", str(tmp_path / "position")
    lines = [f"{number:05}" for number in range(1000)]
    path.write_text("".join(f"{line}\n" for line in lines[:500]))
    arguments = {"position": position, "exclude": "*.gz"}
    read(tmp_path / "app.log*", **arguments)
    append(path, "".join(f"{line}\n" for line in lines[500:]))
    (tmp_path / "app.log.1.gz").write_bytes(gzip.compress(path.read_bytes()))
    path.unlink()
    path.write_text("new\n")
    assert texts(read(tmp_path / "app.log*", **arguments)) == ["new", *lines[500:]]


@pytest.mark.parametrize("followed", [False, True])
def test_reads_no_old_file_until_it_grows(tmp_path, followed):
    old, young = tmp_path / "old.log", tmp_path / "young.log"
    old.write_text("old\n")
    young.write_text("young\n")
    make_old(old)
    if not followed:
        assert texts(read(tmp_path / "*.log", ignore_older=100)) == ["young"]
        assert texts(read(tmp_path / "*.log", ignore_older=2000)) == ["old", "young"]
        return
    with follow(tmp_path / "*.log", ignore_older=100) as file:
        assert file.receive().data == "young"
        wait_a_round(file)
        make_old(young)
        wait_a_round(file)
        append(old, "more\n")
        assert [event.data for event in file.receive_many(2)] == ["old", "more"]
        append(young, "more\n")
        assert file.receive().data == "more"


def test_reads_the_rest_of_a_file_that_has_grown_old(tmp_path):
    path, position = tmp_path / "a.log", str(tmp_path / "position")
    path.write_text("one\ntwo\n")
    arguments = {"path": str(path), "position": position, "retries": 9, "pause": 99, "ignore_older": 100}
    with Harness(File, arguments) as file:
        settle_with(file, {"two": 9})
        wait_until(lambda: file.module.submitter.waiting)
    make_old(path)
    assert texts(read(path, position=position, ignore_older=100)) == ["two"]


def test_what_was_there_at_the_start_is_skipped_though_it_was_ignored(tmp_path):
    path = tmp_path / "a.log"
    path.write_text("old\n")
    make_old(path)
    with follow(path, start="end", ignore_older=100) as file:
        wait_a_round(file)
        append(path, "new\n")
        assert file.receive().data == "new"
