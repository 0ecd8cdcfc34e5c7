from __future__ import annotations

import csv
import gzip
import os
import re
import stat
from contextlib import suppress
from importlib.metadata import entry_points
from pathlib import Path

import pytest

from wishbone.error import ConfigError, ModuleInitFailure
from wishbone.event import Event
from wishbone_output_file import File, output_file
from wishbone_output_file import writer as writing
from wishbone_testing import Harness, VirtualClock, wait_until


def open_files():
    """Return the paths of what this process has open."""
    found = set()
    for link in Path("/proc/self/fd").iterdir():
        with suppress(FileNotFoundError):  # the one that listed them
            found.add(str(link.readlink()))
    return found


def test_is_installed():
    (found,) = entry_points(group="wishbone.output", name="file")
    assert found.load() is File


def test_appends_each_event_in_order(path, write):
    path.write_text("before\n")
    assert all(write(*(f"line {number}" for number in range(1000))))
    assert path.read_text() == "before\n" + "".join(f"line {number}\n" for number in range(1000))


@pytest.mark.parametrize(
    ("encoder", "written"),
    [
        ("plain", '{"a":"é"}\n'),
        ("json", '{"a":"é"}\n'),
        ({"plain": {"delimiter": ";"}}, '{"a":"é"};'),
        ({"csv": {"line_end": "\n"}}, "a\né\n"),
    ],
)
def test_writes_by_any_encoder(path, write, encoder, written):
    if "csv" in encoder:
        pytest.importorskip("wishbone_codec_csv")
    assert write({"a": "é"}, encoder=encoder) == [True]
    assert path.read_text() == written


def test_a_csv_header_is_written_once_in_a_file_however_often_it_is_opened(path, write):
    pytest.importorskip("wishbone_codec_csv")
    for number in range(3):
        write({"n": number}, {"n": number}, encoder={"csv": {"columns": ["n"]}})
    assert [*csv.reader(path.read_text().splitlines())] == [
        ["n"],
        *([str(number)] for number in (0, 0, 1, 1, 2, 2)),
    ]


@pytest.mark.parametrize("sync", [True, False])
def test_acknowledged_events_can_be_expanded_before_the_file_is_closed(path, sync):
    pytest.importorskip("wishbone_codec_compression")
    encoder = {"gzip": {"encoder": "plain", "sync": sync}}
    with Harness(File, {"path": str(path), "encoder": encoder}, unconnected=("success",)) as file:
        for number in range(3):
            file.feed_acknowledged(f"line {number}").wait()
            assert gzip.decompress(path.read_bytes()).splitlines()[-1] == b"line %d" % number


def test_events_that_are_there_at_once_are_written_together(path, write, monkeypatch):
    writes = []
    monkeypatch.setattr(output_file.os, "write", lambda file, data: writes.append(len(data)) or len(data))
    write(*("x" * 9 for _ in range(500)))
    assert sum(writes) == 5000
    assert len(writes) < 50


def test_writes_are_bounded(path, write, monkeypatch):
    writes = []
    monkeypatch.setattr(output_file.os, "write", lambda file, data: writes.append(len(data)) or len(data))
    write(*("x" * 9999 for _ in range(50)))
    assert sum(writes) == 500_000
    assert max(writes) < output_file.BUFFER_BYTES + 10_000


def test_with_delay_an_event_waits_for_others(path):
    with (
        VirtualClock() as clock,
        Harness(File, {"path": str(path), "delay": 5}, unconnected=("success",)) as file,
    ):
        settlement = file.feed_acknowledged("late")
        clock.advance(4.9)
        assert path.read_text() == ""
        assert not settlement.errors
        clock.advance(0.1)
        assert path.read_text() == "late\n"
        assert settlement.acknowledged


def test_events_that_wait_for_others_are_written_at_the_end(path, write):
    assert write("late", delay=3600) == [True]
    assert path.read_text() == "late\n"


def test_events_go_to_success_once_they_are_written(path):
    with Harness(File, {"path": str(path), "delay": 3600}) as file:
        file.feed("x")
        file.receive("success")
        assert path.read_text() == "x\n"


def test_an_event_that_cannot_be_encoded_fails_and_those_before_it_are_written(path):
    with Harness(File, {"path": str(path), "encoder": "json"}, unconnected=("success",)) as file:
        good, bad = file.feed_acknowledged(1), file.feed_acknowledged(object())
        assert good.wait().acknowledged
        assert file.receive("failed").errors["module"]["type"].endswith("InvalidData")
        assert bad.wait().acknowledged  # its consumer after `failed` is done with it
    assert path.read_text() == "1\n"


def test_an_expired_event_does_not_delay_others(path):
    with Harness(File, {"path": str(path)}, unconnected=("success",)) as file:
        old = Event("old")
        old.ttl = 0
        good = file.feed_acknowledged("good")
        file.feed(old)
        assert good.wait().acknowledged


def test_files_and_folders_that_are_missing_are_made_with_their_permissions(tmp_path, write):
    umask = os.umask(0o077)
    try:
        assert write("x", name=tmp_path / "a" / "b" / "c", mode="0664") == [True]
        assert write("x", path="{{ data }}/y", base=str(tmp_path), mode="640") == [True]
    finally:
        os.umask(umask)
    assert stat.S_IMODE((tmp_path / "a" / "b" / "c").stat().st_mode) == 0o664
    assert stat.S_IMODE((tmp_path / "x" / "y").stat().st_mode) == 0o640
    assert stat.S_IMODE((tmp_path / "x").stat().st_mode) & 0o007 == 0


@pytest.mark.parametrize("kind", ["folder", "pipe", "below a file"])
def test_a_fixed_path_that_is_not_a_file_prevents_the_start(path, write, kind):
    if kind == "folder":
        path.mkdir()
    elif kind == "pipe":
        os.mkfifo(path)
    else:
        path.touch()
        path = path / "x"
    with pytest.raises(
        ModuleInitFailure, match="Cannot write to " + re.escape(repr(str(path))) + "|The folder"
    ):
        write(name=path)


def test_a_fixed_path_may_be_a_link_and_a_device(tmp_path, write, path):
    (tmp_path / "link").symlink_to(path)
    assert write("x", name=tmp_path / "link") == [True]
    assert path.read_text() == "x\n"
    assert write("x", name=os.devnull, fsync="always", max_size=1) == [True]


def test_a_file_that_was_removed_is_made_again(path):
    with Harness(File, {"path": str(path)}, unconnected=("success",)) as file:
        for _ in range(3):
            assert file.feed_acknowledged("x").wait().acknowledged
            assert path.read_text() == "x\n"
            path.unlink()


def test_events_wait_for_a_file_that_cannot_be_opened_for_a_while(path):
    with Harness(File, {"path": str(path)}, unconnected=("success", "failed")) as file:
        path.unlink()
        path.mkdir()
        settlements = [file.feed_acknowledged(text) for text in "ab"]
        wait_until(file.messages)
        assert "it is a folder" in file.messages()[0] or "Is a directory" in file.messages()[0]
        assert not any(settlement.errors for settlement in settlements)
        path.rmdir()
        assert all(settlement.wait().acknowledged for settlement in settlements)
    assert path.read_text() == "a\nb\n"


def test_no_more_files_are_open_than_allowed_and_nothing_is_lost(tmp_path):
    arguments = {"path": str(tmp_path / "{{ data.n }}"), "encoder": "json", "max_open": 3}
    with Harness(File, arguments, unconnected=("success",)) as file:
        settlements = [file.feed_acknowledged({"n": number % 7}) for number in range(210)]
        assert all(settlement.wait().acknowledged for settlement in settlements)
        assert sum(name.startswith(f"{tmp_path}/") for name in open_files()) == 3
    assert {name.name: name.read_text() for name in tmp_path.iterdir()} == {
        str(number): f'{{"n":{number}}}\n' * 30 for number in range(7)
    }


def test_a_file_to_which_nothing_comes_is_closed(tmp_path):
    with VirtualClock() as clock, Harness(File, {"path": str(tmp_path / "{{ data }}")}) as file:
        file.feed_acknowledged("a").wait()
        clock.advance(writing.IDLE_SECONDS + 2)
        assert str(tmp_path / "a") not in open_files()
        file.feed_acknowledged("a").wait()
    assert (tmp_path / "a").read_text() == "a\na\n"


def test_a_file_that_was_removed_while_nothing_came_is_closed(path):
    with VirtualClock() as clock, Harness(File, {"path": str(path)}) as file:
        file.feed_acknowledged("a").wait()
        path.unlink()
        clock.advance(2)
        assert f"{path} (deleted)" not in open_files()


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        ({"path": "{{ data }}.log"}, "give the folder .* as 'base'"),
        ({"path": "/{{ data }}"}, "give the folder .* as 'base'"),
        ({"path": "x/.."}, "name a file in it"),
        ({"path": "../x", "base": "/tmp"}, "is not allowed in a path.*relative to 'base'"),
        ({"path": "/x", "base": "/tmp"}, "relative to 'base'"),
        ({"path": "x", "keep": 1}, "'keep' needs rotated files"),
        ({"path": "x", "compress": "gzip"}, "'compress' needs rotated files"),
    ],
)
def test_conflicting_arguments_are_refused(arguments, why):
    with pytest.raises(ConfigError, match=why):
        Harness(File, arguments)
