from __future__ import annotations

import errno
import gzip
import os
import resource
import subprocess

import pytest
from gevent.event import Event as Flag
from hypothesis import given, settings
from hypothesis import strategies as st
from reading import append, follow, settle_with, wait_a_round

from wishbone_input_file import File
from wishbone_testing import Harness, wait_until


def test_follows_what_is_appended_and_waits_for_the_end_of_a_line(tmp_path):
    path = tmp_path / "a.log"
    path.write_text("one\ntw")
    with follow(path) as file:
        assert file.receive().data == "one"
        wait_a_round(file)
        assert file.received() == []
        append(path, "o\n")
        assert file.receive().data == "two"
        assert not file.finished.is_set()


@pytest.mark.parametrize("added", ["\n", "\r\n", " more\n"])
@pytest.mark.parametrize("kept", [False, True])
@pytest.mark.parametrize("restarted", [False, True])
def test_a_last_line_without_newline_comes_after_a_time_and_once(tmp_path, added, kept, restarted):
    path, position = tmp_path / "a.log", str(tmp_path / "position") if kept or restarted else None
    path.write_text("one\ntwo ä")
    with follow(path, position=position, flush_after=0.05) as file:
        assert [event.data for event in file.receive_many(2)] == ["one", "two ä"]
        if not restarted:
            append(path, f"{added}three\n")
            expected = [*added.split("\n")[:-1], "three"] if added.strip() else ["three"]
            assert [event.data for event in file.receive_many(len(expected))] == expected
    if restarted:
        append(path, f"{added}three\n")
        with follow(path, position=position) as file:
            expected = [*added.split("\n")[:-1], "three"] if added.strip() else ["three"]
            events = file.receive_many(len(expected))
            assert [event.data for event in events] == expected
            assert events[-1].get("tmp.module.line") == 3


def test_waits_for_the_newline_without_flush_after(tmp_path):
    path = tmp_path / "a.log"
    path.write_text("one\ntwo")
    with follow(path, flush_after=None) as file:
        file.receive()
        (tail,) = file.module._reader.tails.values()
        tail.last_growth = 0
        wait_a_round(file)
        assert file.received() == []


def test_a_last_line_without_newline_comes_in_the_middle_of_no_character(tmp_path):
    path = tmp_path / "a.log"
    path.write_bytes("tw\u00f6".encode()[:-1])
    with follow(path, flush_after=0) as file:
        assert file.receive().data == "tw"
        with path.open("ab") as writer:
            writer.write("\u00f6".encode()[-1:] + b"x\n")
        assert file.receive().data == "\u00f6x"


def test_reads_what_a_writer_that_does_not_append_writes_after_a_copytruncate(tmp_path):
    path = tmp_path / "a.log"
    with path.open("wb", buffering=0) as writer, follow(path) as file:
        writer.write(b"one\n" * 3000)
        assert len(file.receive_many(3000)) == 3000
        os.truncate(path, 0)
        writer.write(b"two\n")
        event = file.receive()
        assert (event.data, event.get("tmp.module.offset")) == ("two", 12000)
    assert len([message for message in file.messages() if "NUL bytes at byte 0" in message]) == 1
    assert any("12000 NUL bytes were skipped" in message for message in file.messages())


def test_waits_for_a_file_and_logs_it_once(tmp_path):
    path = tmp_path / "a.log"
    with follow(path, start="end") as file:
        wait_until(file.messages)
        wait_a_round(file)
        append(path, "one\n")
        assert file.receive().data == "one"
        assert len([message for message in file.messages() if "waiting for it" in message]) == 1


def test_reads_a_renamed_file_to_its_end_before_the_new_one(tmp_path):
    path = tmp_path / "a.log"
    path.write_text("one\n")
    with follow(path, rotate_wait=0.2) as file:
        file.receive()
        append(path, "two\nlast without end")
        path.rename(tmp_path / "a.log.1")
        append(path, "new\n")
        assert [event.data for event in file.receive_many(2)] == ["two", "new"]
        assert file.receive().data == "last without end"
        wait_until(lambda: len(file.module._reader.tails) == 1)


@pytest.mark.parametrize("kept", [True, False])
@pytest.mark.parametrize("written", ["two\n", "two\nthree\n"])
def test_reads_and_logs_what_is_written_late_to_a_renamed_file(tmp_path, kept, written):
    path, rotated = tmp_path / "a.log", tmp_path / "a.log.1"
    path.write_text("one\n")
    with follow(path, rotate_wait=0, position=str(tmp_path / "position") if kept else None) as file:
        file.receive()
        path.rename(rotated)
        wait_until(lambda: not file.module._reader.tails)
        append(path, "new\n")
        assert file.receive().data == "new"
        for _ in range(2):
            append(rotated, written)
            assert [event.data for event in file.receive_many(written.count("\n"))] == written.split()
            wait_until(lambda: len(file.module._reader.tails) == 1)
        assert len([message for message in file.messages() if "raise 'rotate_wait'" in message]) == 2
    if kept:
        append(rotated, "")
        with follow(path, position=str(tmp_path / "position")) as file:
            wait_a_round(file)
            assert file.received() == []


def test_keeps_few_renamed_files_open_and_none_that_was_removed(tmp_path, monkeypatch):
    monkeypatch.setattr("wishbone_input_file.rotated.MAX_OPEN", 2)
    path = tmp_path / "a.log"
    with follow(path, rotate_wait=0) as file:
        rotated = file.module._reader.rotated
        for number in range(4):
            append(path, f"{number}\n")
            assert file.receive().data == f"{number}"
            path.rename(tmp_path / f"a.log.{number}")
            wait_until(lambda: not file.module._reader.tails)
        assert len(rotated.tails) == 2
        (tmp_path / "a.log.3").unlink()
        wait_until(lambda: len(rotated.tails) == 1)


@pytest.mark.parametrize(("kept", "forgotten"), [(False, True), (True, True), (True, False)])
def test_reads_on_in_a_file_that_gets_its_name_back(tmp_path, kept, forgotten):
    path, away = tmp_path / "a.log", tmp_path / "away"
    path.write_text("one\nrest")
    with follow(path, rotate_wait=0, position=str(tmp_path / "position") if kept else None) as file:
        held = Flag()
        seen = settle_with(file, {}, lambda data: forgotten or held.wait(10))
        wait_until(lambda: seen == ["one"])
        (tail,) = file.module._reader.tails.values()
        path.rename(away)
        wait_until(lambda: tail.finished and forgotten == (not file.module._reader.tails))
        away.rename(path)
        append(path, " of it\ntwo\n")
        held.set()
        wait_until(lambda: seen[-1:] == ["two"])
        assert seen == ["one", "rest", " of it", "two"]


def test_reads_a_damaged_file_again_when_it_is_rewritten_and_only_then(tmp_path):
    path, away = tmp_path / "a.log", tmp_path / "away"
    path.write_bytes(gzip.compress(b"one\n") + b"rubbish")
    with follow(path) as file:
        assert file.receive().data == "one"
        append(path, "more rubbish")
        path.rename(away)
        wait_a_round(file)
        away.rename(path)
        wait_a_round(file)
        assert file.received() == []
        path.write_bytes(gzip.compress(b"two\nthree\n", mtime=1))
        assert [event.data for event in file.receive_many(2)] == ["two", "three"]
        assert len([message for message in file.messages() if "cannot be read to its end" in message]) == 1


def test_starts_again_in_a_truncated_file(tmp_path):
    path = tmp_path / "a.log"
    path.write_text("one\ntwo\n")
    with follow(path) as file:
        file.receive_many(2)
        os.truncate(path, 0)
        append(path, "x\n")
        event = file.receive()
        assert (event.data, event.get("tmp.module.line")) == ("x", 1)


def test_follows_files_that_a_pattern_names_later(tmp_path):
    with follow(tmp_path / "*.log") as file:
        append(tmp_path / "a.log", "a\n")
        assert file.receive().data == "a"
        append(tmp_path / "b.log", "b\n")
        assert file.receive().data == "b"


def test_start_at_the_end_skips_lines_and_counts_them(tmp_path):
    path = tmp_path / "a.log"
    path.write_text("one\ntwo\nthr")
    with follow(path, start="end") as file:
        append(path, "ee\n")
        event = file.receive()
        assert event.data == "three"
        assert event.get("tmp.module") == {"path": str(path), "line": 3, "offset": 8}


@settings(max_examples=15, deadline=None)
@given(
    lines=st.lists(st.text("abcä", min_size=1, max_size=8), min_size=1, max_size=15),
    cuts=st.lists(st.integers(1, 20), min_size=1, max_size=6),
)
def test_follows_the_same_lines_however_they_are_written(tmp_path_factory, lines, cuts):
    path = tmp_path_factory.mktemp("follow") / "a.log"
    content = "".join(f"{line}\n" for line in lines).encode()
    with follow(path, poll=0.001) as file:
        for cut in [*cuts, len(content)]:
            with path.open("ab") as writer:
                writer.write(content[:cut])
            content = content[cut:]
            wait_a_round(file)
        assert [event.data for event in file.receive_many(len(lines))] == lines


@pytest.mark.parametrize("names", [["*.log"], ["a.log", "b.log"]], ids=["pattern", "paths"])
def test_logs_once_that_a_file_must_not_be_read_and_reads_it_when_it_may(unprivileged, names):
    allowed, forbidden = unprivileged / "a.log", unprivileged / "b.log"
    paths = [str(unprivileged / name) for name in names]
    with Harness(File, {"path": paths, "follow": True, "poll": 0.01}) as file:
        append(forbidden, "")
        forbidden.chmod(0)
        append(allowed, "one\n")
        assert file.receive().data == "one"
        wait_a_round(file)
        wait_a_round(file)
        messages = [message for message in file.messages() if "b.log' cannot" in message]
        forbidden.chmod(0o644)
        append(forbidden, "two\n")
        assert file.receive().data == "two"
    assert len(messages) == 1
    assert "Permission denied" in messages[0]


def test_continues_in_a_file_that_is_readable_again_and_reads_others_meanwhile(tmp_path, unreadable):
    path, other = tmp_path / "a.log", tmp_path / "b.log"
    path.write_text("one\n")
    with follow(tmp_path / "*.log") as file:
        assert file.receive().data == "one"
        unreadable.add(path.stat().st_ino)
        append(path, "two\n")
        append(other, "other\n")
        assert file.receive().data == "other"
        wait_a_round(file)
        wait_a_round(file)
        messages = [message for message in file.messages() if "a.log" in message]
        unreadable.clear()
        assert file.receive().data == "two"
        append(path, "three\n")
        assert file.receive().data == "three"
    assert len(messages) == 1
    assert "Stale file handle" in messages[0]


def test_does_not_open_a_named_pipe_that_a_pattern_names(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    command = ["sh", "-c", ": > ready; : > pipe"]
    with subprocess.Popen(command, cwd=tmp_path) as writer, follow(tmp_path / "*") as file:
        wait_until((tmp_path / "ready").exists)
        for _ in range(20):
            wait_a_round(file)
        assert writer.poll() is None  # it waits for a reader
        writer.kill()
    assert len([message for message in file.messages() if "is not a regular file" in message]) == 1


@pytest.fixture
def descriptors():
    """A function that sets the limits of open files, which are restored afterwards."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    yield lambda soft: resource.setrlimit(resource.RLIMIT_NOFILE, (soft, before[1]))
    resource.setrlimit(resource.RLIMIT_NOFILE, before)


def test_reads_more_files_than_the_soft_limit_of_descriptors(tmp_path, descriptors):
    for number in range(300):
        (tmp_path / f"{number}.log").write_text(f"{number}\n")
    descriptors(200)
    with follow(tmp_path / "*.log", position=str(tmp_path / "position")) as file:
        assert {event.data for event in file.receive_many(300)} == {str(number) for number in range(300)}
        wait_a_round(file)
        assert file.received() == []


@pytest.mark.parametrize("kept", [False, True])
@pytest.mark.parametrize("start", ["beginning", "end"])
def test_reads_more_files_than_it_may_open(tmp_path, monkeypatch, kept, start):
    monkeypatch.setattr("wishbone_input_file._raise_descriptor_limit", lambda: 40)
    paths = [tmp_path / f"{number:03}.log" for number in range(200)]
    for path in paths:
        append(path, f"{path.name} 1\n")
    position = str(tmp_path / "position") if kept else None
    with follow(tmp_path / "*.log", position=position, start=start) as file:
        if start == "beginning":
            events = file.receive_many(200)
            assert sorted(event.data for event in events) == [f"{path.name} 1" for path in paths]
        for number in (2, 3):
            for path in paths:
                append(path, f"{path.name} {number}\n")
            events = file.receive_many(200)
            assert sorted(event.data for event in events) == [f"{path.name} {number}" for path in paths]
            assert {event.get("tmp.module.line") for event in events} == {number}
        assert len(file.module._reader.tails) <= 30
        wait_a_round(file)
        assert file.received() == []
    if kept:
        append(paths[0], "more\n")
        with follow(tmp_path / "*.log", position=position) as file:
            assert file.receive().data == "more"
            wait_a_round(file)
            assert file.received() == []


@pytest.mark.parametrize("pattern", ["*.log", "*"])
def test_closed_files_that_are_renamed_truncated_or_removed_are_read_on(tmp_path, monkeypatch, pattern):
    monkeypatch.setattr("wishbone_input_file._raise_descriptor_limit", lambda: 20)
    folder = tmp_path / "logs"
    folder.mkdir()
    paths = [folder / f"{number:03}.log" for number in range(100)]
    for path in paths:
        append(path, f"{path.name} 1\n")
    with follow(folder / pattern) as file:
        file.receive_many(100)
        append(paths[0], "rest\n")
        paths[0].rename(f"{paths[0]}.1")
        append(paths[0], "new\n")
        paths[1].write_text("truncated\n")
        paths[2].unlink()
        assert sorted(event.data for event in file.receive_many(3)) == ["new", "rest", "truncated"]
        wait_a_round(file)
        append(folder / "000.log.1", "late\n")
        assert file.receive().data == "late"


def test_files_are_not_gone_while_their_folder_cannot_be_listed(tmp_path, monkeypatch):
    (tmp_path / "a.log").write_text("one\n")
    with follow(tmp_path / "*.log", rotate_wait=0) as file:
        file.receive()
        scandir = os.scandir

        def refuse(path):
            raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))

        monkeypatch.setattr(os, "scandir", refuse)
        wait_until(lambda: any("cannot be searched" in message for message in file.messages()))
        wait_a_round(file)
        assert len(file.module._reader.tails) == 1
        append(tmp_path / "a.log", "two\n")
        assert file.receive().data == "two"
        monkeypatch.setattr(os, "scandir", scandir)
    assert len([message for message in file.messages() if "cannot be searched" in message]) == 1
