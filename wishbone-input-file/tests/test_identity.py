"""Files are recognised by content as well as by device and inode."""

from __future__ import annotations

import gzip
import json
import os
import random
import shutil

import gevent
import pytest
from gevent.event import Event as Flag
from reading import append, follow, read, settle_with, texts, wait_a_round

from wishbone_input_file import File
from wishbone_testing import Harness, wait_until

LINES = [f"line {number:05} {'x' * 40}" for number in range(300)]
CONTENT = "".join(f"{line}\n" for line in LINES)


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "app.log"
    path.write_text(CONTENT)
    return path


@pytest.fixture
def position(tmp_path):
    return str(tmp_path / "position")


def read_some(path, position, count, **arguments):
    """Follow until so many lines are settled, and stop while the next one is at work."""
    held = Flag()
    arguments = {"path": str(path), "follow": True, "poll": 0.01, "position": position, **arguments}
    file = Harness(File, arguments, size=10)
    with file:
        seen = settle_with(file, {}, lambda data: len(seen) <= count or held.wait(60))
        wait_until(lambda: len(seen) > count)
        file.stop(timeout=0)
    return seen[:count]


def with_new_inode(path):
    copy = path.with_name("copy")
    shutil.copyfile(path, copy)
    copy.replace(path)


def compress(path):
    path.with_name(f"{path.name}.gz").write_bytes(gzip.compress(path.read_bytes()))
    path.unlink()


@pytest.mark.parametrize("restarts", [1, 2, 3])
@pytest.mark.parametrize("name", ["app.log", "app.log*"])
def test_the_rest_of_a_renamed_file_is_read_however_often_it_is_restarted(path, position, restarts, name):
    pattern = path.with_name(name)
    seen = {*read_some(pattern, position, 50)}
    path.rename(path.with_name("app.log.1"))
    path.write_text("new\n")
    for _ in range(restarts):
        seen.update(read_some(pattern, position, 20))
    assert seen | {*texts(read(pattern, position=position))} == {*LINES, "new"}


@pytest.mark.parametrize("change", ["device", "inode", "both"])
def test_a_file_with_another_device_or_inode_is_continued(path, position, change):
    read(path, position=position)
    if change != "device":
        with_new_inode(path)
    if change != "inode":
        states = json.loads(path.with_name("position").read_bytes())
        states[0]["device"] += 1
        path.with_name("position").write_text(json.dumps(states))
    append(path, "one more\n")
    assert texts(read(path, position=position)) == ["one more"]


def test_a_file_that_is_replaced_by_its_own_content_is_continued_while_it_is_followed(path, position):
    with follow(path, position=position) as file:
        file.receive_many(300)
        with_new_inode(path)
        append(path, "one more\n")
        assert file.receive().data == "one more"


@pytest.mark.parametrize("running", [True, False])
@pytest.mark.parametrize("longer", [True, False])
def test_new_content_with_the_same_header_is_read_completely(path, position, running, longer):
    header = CONTENT[:2000].rpartition("\n")[0] + "\n"
    path.write_text(header + "old\n" * 500)
    new = [*header.splitlines(), *(f"new {number}" for number in range(900 if longer else 3))]
    content = "".join(f"{line}\n" for line in new)
    if running:
        with follow(path, position=position) as file:
            wait_until(lambda: len(file.received()) == len(header.splitlines()) + 500)
            path.write_text(content)
            wait_until(lambda: texts(file)[-1] == new[-1])
            assert texts(file)[-len(new) :] == new
    else:
        read(path, position=position)
        path.write_text(content)
        assert texts(read(path, position=position)) == new


@pytest.mark.parametrize("running", [True, False])
def test_a_rotated_file_that_is_compressed_is_not_read_twice(path, position, running):
    pattern = path.with_name("app.log*")
    rotated = path.with_name("app.log.1")
    if running:
        with follow(pattern, position=position) as file:
            file.receive_many(300)
            path.rename(rotated)
            append(path, "new\n")
            assert file.receive().data == "new"
            compress(rotated)
            wait_a_round(file)
            wait_a_round(file)
            assert file.received() == []
    else:
        read(pattern, position=position)
        path.rename(rotated)
        append(path, "new\n")
        compress(rotated)
        assert texts(read(pattern, position=position)) == ["new"]
    assert texts(read(pattern, position=position)) == []


@pytest.mark.parametrize("compressed", [True, False])
@pytest.mark.parametrize("first", [0, 5, 1500, 9000])
def test_a_copy_that_is_still_being_written_is_not_read_twice(path, position, compressed, first):
    numbers = random.Random(1)
    path.write_text("".join(f"{numbers.getrandbits(256):x}\n" for _ in range(300)))
    data = gzip.compress(path.read_bytes()) if compressed else path.read_bytes()
    copy = path.with_name("app.log.1.gz" if compressed else "app.log.1")
    with follow(path.with_name("app.log*"), position=position) as file:
        file.receive_many(300)
        copy.write_bytes(data[:first])
        wait_a_round(file)
        wait_a_round(file)
        with copy.open("ab") as writer:
            writer.write(data[first:])
        wait_until(lambda: len(file.module._reader.tails) == 2)
        wait_a_round(file)
        assert file.received() == []


def test_a_file_that_only_begins_like_a_known_one_is_read(path, position, monkeypatch):
    monkeypatch.setattr("wishbone_input_file.copies.COPY_SECONDS", 0.05)
    with follow(path.with_name("app.log*"), position=position) as file:
        file.receive_many(300)
        path.with_name("app.log.other").write_text(CONTENT[:1500].rpartition("\n")[0] + "\nother\n")
        assert [event.data for event in file.receive_many(29)][-1] == "other"


@pytest.mark.parametrize("name", ["app.log", "app.log*"])
def test_the_rest_of_a_rotated_and_compressed_file_is_read(path, position, name):
    pattern = path.with_name(name)
    seen = read_some(pattern, position, 100)
    path.rename(path.with_name("app.log.1"))
    compress(path.with_name("app.log.1"))
    path.write_text("new\n")
    # The new file may have got the inode of the old one: then the rest comes after it.
    assert sorted([*seen, *texts(read(pattern, position=position))]) == sorted([*LINES, "new"])
    assert texts(read(pattern, position=position)) == []


@pytest.mark.parametrize("running", [True, False])
@pytest.mark.parametrize("name", ["app.log", "app.log*"])
def test_copytruncate_loses_nothing_and_repeats_nothing(path, position, running, name):
    pattern = path.with_name(name)

    def rotate():
        shutil.copyfile(path, path.with_name("app.log.1"))
        os.truncate(path, 0)
        append(path, "new\n")

    if running:
        with follow(pattern, position=position) as file:
            file.receive_many(300)
            rotate()
            assert file.receive().data == "new"
            wait_a_round(file)
            wait_a_round(file)
            assert file.received() == []
    else:
        seen = read_some(pattern, position, 100)
        rotate()
        assert sorted([*seen, *texts(read(pattern, position=position))]) == sorted([*LINES, "new"])
    assert texts(read(pattern, position=position)) == []


def test_copytruncate_of_a_file_that_is_read_slowly_loses_nothing(path, position):
    arguments = {"path": str(path), "follow": True, "poll": 0.01, "position": position}
    with Harness(File, arguments, size=10) as file:
        seen = settle_with(file, {}, lambda data: gevent.sleep(0.0001))
        wait_until(lambda: len(seen) > 20)
        append(path, CONTENT * 50)  # more than is read in one block
        shutil.copyfile(path, path.with_name("app.log.1"))
        os.truncate(path, 0)
        append(path, "new\n")
        wait_until(lambda: "new" in seen and len(seen) >= 51 * 300, timeout=60)
    assert {*seen} == {*LINES, "new"}


def test_a_large_file_takes_little_memory_for_its_fingerprint(path):
    path.write_text(CONTENT * 100)
    (tail,) = read(path).module._reader.tails.values()
    assert len(tail.fingerprint._marks) < 40


@pytest.mark.parametrize("hidden", ["renamed", "unreadable"])
def test_many_files_in_a_folder_that_is_away_for_a_while_are_not_read_twice(unprivileged, hidden):
    folder, position = unprivileged / "logs", str(unprivileged / "position")
    folder.mkdir()
    for number in range(150):
        (folder / f"{number}.log").write_text(f"{number}\n")
    with follow(folder / "*.log", position=position, rotate_wait=0) as file:
        file.receive_many(150)
        if hidden == "renamed":
            folder.rename(unprivileged / "away")
        else:
            folder.chmod(0)
        wait_until(lambda: not file.module._reader.tails)
        if hidden == "renamed":
            (unprivileged / "away").rename(folder)
        else:
            folder.chmod(0o755)
        append(folder / "7.log", "more\n")
        assert file.receive().data == "more"
        wait_a_round(file)
        assert file.received() == []


@pytest.mark.parametrize(
    "wrong", [{"offset": -1}, {"line": -5}, {"head": 10**9}, {"inode": -1}, {"mark": -1}, {"offset": 2**70}]
)
def test_a_position_file_with_impossible_values_is_refused(path, position, wrong):
    read(path, position=position)
    states = json.loads(path.with_name("position").read_bytes())
    states[0].update(wrong)
    path.with_name("position").write_text(json.dumps(states))
    with pytest.raises(Exception, match="position' cannot be read"):
        read(path, position=position)


def test_a_position_file_of_the_first_version_is_read(path, position):
    read(path, position=position)
    states = json.loads(path.with_name("position").read_bytes())
    for name in ("mark", "mark_fingerprint"):
        del states[0][name]
    path.with_name("position").write_text(json.dumps(states))
    append(path, "one more\n")
    assert texts(read(path, position=position)) == ["one more"]
