from __future__ import annotations

import gzip
import json
import os
from shutil import rmtree

import pytest
from gevent.event import Event as Flag
from reading import append, follow, read, settle_with, texts, wait_a_round

from wishbone.error import ModuleInitFailure
from wishbone.logging import Logging
from wishbone.queue import Queue
from wishbone_input_file import File
from wishbone_input_file.offset import FileState, OffsetStore
from wishbone_testing import Harness, wait_until


def prepared(path, position, **arguments):
    arguments = {"path": str(path), "position": str(position), "pause": 0.01, **arguments}
    return Harness(File, arguments)


def test_reads_on_in_a_file_that_gets_its_name_back_after_two_more_starts(tmp_path):
    path, away, position = tmp_path / "a.log", tmp_path / "away", str(tmp_path / "position")
    path.write_text("one\n")
    with follow(path, position=position, rotate_wait=0) as file:
        file.receive()
        path.rename(away)
        wait_until(lambda: not file.module._reader.tails)
    for _ in range(2):
        with follow(path, position=position, rotate_wait=0) as file:
            wait_until(lambda: not file.module._reader.tails)
            wait_a_round(file)
            assert file.received() == []
    away.rename(path)
    append(path, "two\n")
    assert texts(read(path, position=position)) == ["two"]


def test_keeps_a_bounded_number_of_finished_files_and_all_others(monkeypatch):
    monkeypatch.setattr("wishbone_input_file.offset.MAX_FINISHED", 3)
    offsets = OffsetStore(None, Logging("module", Queue(1)))
    for inode in (1, 2, 1, 3, 4):
        offsets.keep(FileState("a.log", 0, inode, 0, 0, 0, ""), finished=inode != 2)
    assert [offsets.keeps((0, inode)) for inode in (1, 2, 3, 4)] == [False, True, True, True]


def test_finds_the_lines_of_a_file_of_which_none_was_settled_when_it_was_renamed(tmp_path):
    path, position = tmp_path / "a.log", str(tmp_path / "position")
    path.write_text("one\n")
    with Harness(File, {"path": str(path), "position": position, "retries": 9, "pause": 99}) as file:
        settle_with(file, {"one": 9})
        wait_until(lambda: file.module.submitter.waiting)
    path.rename(tmp_path / "a.log.1")
    path.write_text("two\n")
    assert texts(read(path, position=position)) == ["one", "two"]


def test_logs_that_a_file_is_gone_before_it_was_finished(tmp_path):
    path, position = tmp_path / "a.log", str(tmp_path / "position")
    path.write_text("one\n")
    read(path, position=position)
    (tmp_path / "new").write_text("new\n")
    (tmp_path / "new").replace(path)
    assert any("a.log' is gone" in message for message in read(path, position=position).messages())
    assert not [message for message in read(path, position=position).messages() if "is gone" in message]


def test_logs_nothing_about_a_finished_file_that_is_gone(tmp_path):
    path, position = tmp_path / "a.log", str(tmp_path / "position")
    path.write_text("one\n")
    with follow(path, position=position, rotate_wait=0) as file:
        file.receive()
        path.rename(tmp_path / "a.log.1")
        path.write_text("new\n")
        file.receive()
        wait_until(lambda: len(file.module._reader.tails) == 1)
    (tmp_path / "a.log.1").unlink()
    assert not [message for message in read(path, position=position).messages() if "is gone" in message]


def test_starts_where_it_must_not_search_for_a_renamed_file(unprivileged):
    folder, position = unprivileged / "logs", str(unprivileged / "position")
    path = folder / "a.log"
    folder.mkdir()
    path.write_text("one\n")
    read(path, position=position)
    append(path, "two\n")
    path.rename(folder / "a.log.1")
    path.write_text("new\n")
    folder.chmod(0o111)
    file = read(path, position=position)
    folder.chmod(0o755)
    assert texts(file) == ["new"]
    assert any("Cannot search" in message for message in file.messages())
    assert texts(read(path, position=position)) == ["two"]


@pytest.mark.parametrize("when", ["resuming", "renamed"])
def test_continues_at_its_position_when_a_file_is_readable_again(tmp_path, unreadable, when):
    path, position = tmp_path / "a.log", str(tmp_path / "position")
    path.write_text("one\n")
    read(path, position=position)
    append(path, "two\n")
    found = path.rename(tmp_path / "a.log.1") if when == "renamed" else path
    unreadable.add(found.stat().st_ino)
    pattern = tmp_path / "a.log*"
    with follow(pattern, position=position) as file:
        wait_a_round(file)
        wait_a_round(file)
        assert len([message for message in file.messages() if "cannot be read" in message]) == 1
        unreadable.clear()
        assert file.receive().data == "two"
    assert texts(read(pattern, position=position)) == []


def test_continues_at_its_position(tmp_path):
    path, position = tmp_path / "a.log", str(tmp_path / "position")
    path.write_text("one\ntwo\n")
    assert texts(read(path, position=position)) == ["one", "two"]
    assert texts(read(path, position=position)) == []
    append(path, "three\n")
    (event,) = read(path, position=position).received()
    assert (event.data, event.get("tmp.module.line")) == ("three", 3)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-32"])
@pytest.mark.parametrize("compressed", [False, True])
def test_continues_at_its_position_in_every_encoding(tmp_path, encoding, compressed):
    path, position = tmp_path / "a.log", str(tmp_path / "position")
    content = "one\ntwo\n".encode(encoding)
    added = "three\n".encode(encoding)[len("".encode(encoding)) :]
    if compressed:
        content, added = gzip.compress(content), gzip.compress(added)
    path.write_bytes(content)
    name = encoding.removesuffix("-sig")
    assert texts(read(path, position=position, encoding=name)) == ["one", "two"]
    with path.open("ab") as file:
        file.write(added)
    assert texts(read(path, position=position, encoding=name)) == ["three"]


def test_continues_at_its_position_in_gzip(tmp_path):
    path, position = tmp_path / "a.log", str(tmp_path / "position")
    path.write_bytes(gzip.compress(b"one\ntwo\n"))
    assert texts(read(path, position=position)) == ["one", "two"]
    with path.open("ab") as file:
        file.write(gzip.compress(b"three\n"))
    assert texts(read(path, position=position)) == ["three"]


def test_reads_the_rest_of_a_file_that_was_renamed_meanwhile(tmp_path):
    path, position = tmp_path / "a.log", str(tmp_path / "position")
    path.write_text("one\n")
    read(path, position=position)
    append(path, "two\n")
    path.rename(tmp_path / "a.log.1")
    path.write_text("new\n")
    assert texts(read(path, position=position)) == ["two", "new"]
    assert texts(read(path, position=position)) == []


def test_reads_another_content_of_the_same_inode_from_its_beginning(tmp_path):
    path, position = tmp_path / "a.log", str(tmp_path / "position")
    path.write_text("one\n")
    read(path, position=position)
    path.write_text("completely different\n")
    assert texts(read(path, position=position)) == ["completely different"]


def test_refuses_a_position_file_that_holds_something_else(tmp_path):
    (tmp_path / "position").write_text("hello")
    (tmp_path / "a.log").write_text("one\n")
    with pytest.raises(ModuleInitFailure, match="position file"):
        read(tmp_path / "a.log", position=str(tmp_path / "position"))


@pytest.mark.parametrize("retries", [0, 2])
def test_lines_that_fail_too_often_go_to_failed_and_are_settled(tmp_path, retries):
    path, position = tmp_path / "a.log", tmp_path / "position"
    path.write_text("bad\nshaky\ngood\n")
    harness = prepared(path, position, retries=retries)
    with harness as file:
        seen = settle_with(harness, {"bad": 99, "shaky": 1})
        assert file.finished.wait(10)
    given_up = ["bad"] if retries else ["bad", "shaky"]
    assert sorted(seen) == ["bad"] * (retries + 1) + ["good"] + ["shaky"] * (2 if retries else 1)
    assert texts(file, "failed") == given_up
    assert file.module.submitter.given_up_total == len(given_up)
    event = file.received("failed")[0]
    assert event.get("tmp.module.line") == 1
    assert f"is given up after {retries + 1} attempt" in event.get("errors.module.message")
    assert texts(read(path, position=str(position))) == []


def test_a_line_that_is_given_up_is_settled_without_a_route_from_failed(tmp_path):
    path, position = tmp_path / "a.log", tmp_path / "position"
    path.write_text("bad\n")
    arguments = {"path": str(path), "position": str(position), "retries": 0}
    with Harness(File, arguments, unconnected=("failed",)) as file:
        settle_with(file, {"bad": 1})
        assert file.finished.wait(10)
    assert len([message for message in file.messages() if "is given up after 1 attempt:" in message]) == 1
    assert texts(read(path, position=str(position))) == []


def test_a_line_is_not_settled_before_the_module_after_failed_has_it(tmp_path):
    path, position = tmp_path / "a.log", tmp_path / "position"
    path.write_text("bad\n")
    with prepared(path, position, retries=1, follow=True, poll=0.01) as file:
        settle_with(file, {"bad": 2})
        failures, kept = [1, 1], []

        def keep(event):
            if failures:
                failures.pop()
                raise ValueError("not now")
            kept.append(event.data)

        for consumer in file.module.pool.queue.failed.consumers:
            consumer.function = keep
        wait_until(
            lambda: any("is lost: the module after 'failed'" in message for message in file.messages())
        )
        append(path, "bad\n")
        settle_with(file, {"bad": 2})
        wait_until(lambda: kept == ["bad"])
        wait_until(lambda: not file.module._reader.pending)


@pytest.mark.parametrize("retries", [0, 3])
def test_decides_about_a_line_that_fails_after_its_file_was_truncated(tmp_path, retries):
    path = tmp_path / "a.log"
    path.write_text("bad\n")
    position = str(tmp_path / "position")
    with follow(path, position=position, pause=0, retries=retries) as file:
        held = Flag()
        seen = settle_with(file, {"bad": 1}, lambda data: data != "bad" or held.wait(10))
        wait_until(lambda: seen == ["bad"])
        path.write_text("")
        wait_until(lambda: any("truncated" in message for message in file.messages()))
        append(path, "new\n")
        held.set()
        wait_until(lambda: sorted(seen) == sorted(["bad", "new"] if retries == 0 else ["bad", "bad", "new"]))
        wait_until(lambda: not file.module._reader.pending)
        wait_until(lambda: retries or any("is given up" in message for message in file.messages()))
    assert not [log for log in file.logs if "has not failed" in log.message or "failed, it" in log.message]
    assert file.restarts_total == 0
    assert texts(read(path, position=position)) == []


def test_settles_a_line_that_is_too_long(tmp_path):
    path, position = tmp_path / "a.log", str(tmp_path / "position")
    path.write_text("x" * 50 + "\nok\n")
    assert texts(read(path, position=position, max_line=10)) == ["ok"]
    assert texts(read(path, position=position, max_line=10), "failed") == []


def test_starts_at_the_end_only_without_a_stored_position(tmp_path):
    path, position = tmp_path / "a.log", str(tmp_path / "position")
    path.write_text("old\n")
    with follow(path, position=position, start="end") as file:
        append(path, "one\n")
        assert file.receive().data == "one"
        file.wait_until_idle()
    append(path, "two\n")
    assert texts(read(path, position=position, start="end")) == ["two"]


def test_stores_what_it_skipped_before_anything_came(tmp_path):
    path, position = tmp_path / "a.log", str(tmp_path / "position")
    path.write_text("old\n")
    assert texts(read(path, position=position, start="end")) == []
    append(path, "one\n")
    assert texts(read(path, position=position, start="end")) == ["one"]


def test_settles_a_line_that_is_too_long_without_a_route_from_failed(tmp_path):
    path, position = tmp_path / "a.log", str(tmp_path / "position")
    path.write_text("x" * 50 + "\nok\n")
    arguments = {"path": str(path), "position": position, "max_line": 10}
    with Harness(File, arguments, unconnected=("failed",)) as file:
        assert file.finished.wait(10)
        assert file.receive().data == "ok"
        assert file.module.submitter.too_long_total == 1
    assert any("raise 'max_line'" in message for message in file.messages())
    assert texts(read(path, position=position, max_line=10), "failed") == []


def test_reads_no_further_while_too_many_lines_wait_to_be_submitted_again(tmp_path):
    path, position = tmp_path / "a.log", tmp_path / "position"
    path.write_text("bad\n" * 1000)
    arguments = {"path": str(path), "position": str(position), "pause": 60}
    with Harness(File, arguments, size=10) as file:
        # The sink's queue takes the place of the outbox: what is on its way may fail on top of the bound.
        file.module.pool.queue.outbox.max_size = 10
        settle_with(file, {"bad": 1000})
        wait_until(lambda: file.module.submitter.waiting >= 10)
        file.wait_until_idle()
        assert file.module.submitter.waiting <= 2 * 10 + 1
        assert file.stop() == []
    assert json.loads(position.read_bytes())[0]["line"] == 0


def test_does_not_start_with_the_position_file_of_another_module(tmp_path):
    path, position = tmp_path / "a.log", str(tmp_path / "position")
    path.write_text("one\n")
    with follow(path, position=position) as file:
        file.receive()
        with pytest.raises(ModuleInitFailure, match=r"position' cannot be used: another module has it"):
            read(path, position=position)
    append(path, "two\n")
    assert texts(read(path, position=position)) == ["two"]


def test_releases_the_position_file_when_it_does_not_start(tmp_path):
    path, position = tmp_path / "a.log", str(tmp_path / "position")
    for _ in range(2):
        with pytest.raises(ModuleInitFailure, match="There is no file"):
            read(path, position=position)
    path.write_text("one\n")
    assert texts(read(path, position=position)) == ["one"]


@pytest.mark.parametrize("place", ["nowhere/position", "folder"])
def test_refuses_a_position_file_that_cannot_be_written(tmp_path, place):
    path = tmp_path / "a.log"
    path.write_text("one\n")
    (tmp_path / "folder").mkdir()
    with pytest.raises(
        ModuleInitFailure, match=rf"position file '.*{place}' cannot be .*[Gg]ive another file"
    ):
        read(path, position=str(tmp_path / place))


def test_goes_on_when_positions_cannot_be_written_and_writes_them_as_soon_as_they_can(tmp_path, monkeypatch):
    monkeypatch.setattr("wishbone_input_file.SAVE_SECONDS", 0.01)
    path, folder = tmp_path / "a.log", tmp_path / "folder"
    folder.mkdir()
    path.write_text("one\n")
    with follow(path, position=str(folder / "position")) as file:
        file.receive()
        wait_until(lambda: json.loads((folder / "position").read_bytes())[0]["line"] == 1)
        rmtree(folder)
        append(path, "two\n")
        assert file.receive().data == "two"
        wait_until(lambda: any("cannot be written" in message for message in file.messages()))
        folder.mkdir()
        wait_until((folder / "position").exists)
        wait_until(lambda: json.loads((folder / "position").read_bytes())[0]["line"] == 2)


def test_logs_that_positions_cannot_be_written_at_the_end(tmp_path):
    path, folder = tmp_path / "a.log", tmp_path / "folder"
    folder.mkdir()
    path.write_text("one\n")
    with follow(path, position=str(folder / "position")) as file:
        file.receive()
        rmtree(folder)
    assert any("Closing failed" in message and "cannot be written" in message for message in file.messages())


@pytest.mark.parametrize("suffix", ["", ".lock", ".new"])
@pytest.mark.parametrize("kind", ["link", "pipe"])
def test_never_writes_through_what_another_user_put_in_place_of_its_files(tmp_path, suffix, kind):
    path, victim = tmp_path / "a.log", tmp_path / "victim"
    path.write_text("one\n")
    victim.write_text("precious")
    trap = tmp_path / f"position{suffix}"
    if kind == "link":
        trap.symlink_to(victim)
    else:
        os.mkfifo(trap)
    if suffix == ".new":
        assert texts(read(path, position=str(tmp_path / "position"))) == ["one"]
    else:
        with pytest.raises(ModuleInitFailure, match="position file"):
            read(path, position=str(tmp_path / "position"))
    assert victim.read_text() == "precious"


def test_a_name_that_is_not_utf_8_does_not_affect_the_others(tmp_path):
    pattern, position = tmp_path / "*.log", str(tmp_path / "position")
    (tmp_path / "a.log").write_text("one\n")
    bad = tmp_path / os.fsdecode(b"b\xff.log")
    bad.write_text("two\n")
    file = read(pattern, position=position)
    events = file.received()
    assert [event.data for event in events] == ["one", "two"]
    assert json.dumps(events[1].get("tmp.module.path"), ensure_ascii=False).encode()
    assert events[1].get("tmp.module.path").endswith("b\\xff.log")
    append(bad, "three\n")
    assert texts(read(pattern, position=position)) == ["three"]
