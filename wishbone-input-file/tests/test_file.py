from __future__ import annotations

import errno
import gzip
import os

import pytest
from reading import append, read, texts

from wishbone import ActorConfig
from wishbone.actor import traits_of
from wishbone.arguments.convert import ArgumentError
from wishbone.error import ConfigError, ModuleInitFailure
from wishbone_input_file import File
from wishbone_testing import Harness
from wishbone_testing.conformance import InputConformance


class TestConformance(InputConformance):
    module = File
    wrong_arguments = (
        {"path": []},
        {"encoding": "utf-61"},
        {"poll": 0},
        {"position": "/no/such/folder/position"},
    )

    @pytest.fixture
    def arguments(self, tmp_path):
        self.path = tmp_path / "a.log"
        position = tmp_path / "position"
        return {
            "path": str(self.path),
            "position": str(position),
            "follow": True,
            "poll": 0.01,
            "max_line": 100,
        }

    def provoke(self, harness):
        append(self.path, "hello\n" * 20)

    def provoke_bad(self, harness):
        append(self.path, "x" * 101 + "\n")

    def break_peer(self):
        self.path.unlink()


def test_makes_an_event_of_each_line_and_finishes(tmp_path):
    path = tmp_path / "a.log"
    path.write_bytes(b"one\n\ntwo\r\nthree")
    assert texts(read(path)) == ["one", "", "two", "three"]


def test_records_where_a_line_comes_from(tmp_path):
    path = tmp_path / "a.log"
    path.write_text("one\nzwölf\nthree\n")
    events = read(path).received()
    places = [event.get("tmp.module") for event in events]
    assert [(place["path"], place["line"], place["offset"]) for place in places] == [
        (str(path), 1, 0),
        (str(path), 2, 4),
        (str(path), 3, 11),
    ]
    assert all(event.acknowledgement is None for event in events)


def test_reads_lists_and_patterns_in_order_and_no_file_twice(tmp_path):
    for name in "bac":
        (tmp_path / f"{name}.log").write_text(f"{name}\n")
    paths = [str(tmp_path / "c.log"), str(tmp_path / "*.log")]
    assert texts(read(paths)) == ["c", "a", "b"]


def test_a_path_that_exists_is_not_used_as_a_pattern(tmp_path):
    (tmp_path / "a[1].log").write_text("x\n")
    assert texts(read(tmp_path / "a[1].log")) == ["x"]


def test_replaces_and_counts_undecodable_bytes(tmp_path):
    path = tmp_path / "a.log"
    path.write_bytes(b"good\nb\xffd\n")
    file = read(path)
    assert texts(file) == ["good", "b�d"]
    assert file.module.format.replaced_total == 1
    assert any("is not utf-8" in message for message in file.messages())


def test_cuts_a_line_that_is_too_long_and_sends_it_to_failed(tmp_path):
    path = tmp_path / "a.log"
    path.write_bytes(b"short\n" + b"x" * 200_000 + b"\nnext\n" + b"y" * 11)
    file = read(path, max_line=10)
    assert texts(file) == ["short", "next"]
    assert texts(file, "failed") == ["x" * 10, "y" * 10]
    assert "is 200000 bytes long" in file.received("failed")[0].errors["module"]["message"]


@pytest.mark.parametrize("block", [1, 7, 1 << 16])
def test_reads_gzip_by_its_first_bytes(tmp_path, monkeypatch, block):
    monkeypatch.setattr("wishbone_input_file.tail.BLOCK", block)
    path = tmp_path / "a.log"
    path.write_bytes(gzip.compress(b"one\ntw") + gzip.compress(b"o\nthree\n") + b"\0" * 9)
    assert texts(read(path)) == ["one", "two", "three"]


def test_reads_gzip_that_is_much_larger_than_its_file(tmp_path):
    path = tmp_path / "a.log"
    path.write_bytes(gzip.compress(b"0123456789\n" * 100_000))
    with Harness(File, {"path": str(path)}, size=10) as file:
        assert [event.data for event in file.receive_many(100_000)] == ["0123456789"] * 100_000


@pytest.mark.parametrize(
    "damage",
    [lambda data: data[:-4], lambda data: data + b"rubbish", lambda data: data[:-8] + b"checksum"],
    ids=["cut", "followed by rubbish", "with a wrong checksum"],
)
def test_reads_damaged_gzip_up_to_the_damage_and_names_it(tmp_path, damage):
    (tmp_path / "a.log").write_bytes(damage(gzip.compress(b"one\ntwo\nend")))
    (tmp_path / "b.log").write_text("other\n")
    file = read(tmp_path / "*.log")
    assert texts(file) == ["one", "two", "other"]
    (message,) = [message for message in file.messages() if "cannot be read to its end" in message]
    assert "a.log" in message
    (event,) = file.received("failed")
    assert event.data == "end"
    assert event.get("tmp.module.path") == str(tmp_path / "a.log")
    assert "cannot be read to its end" in event.get("errors.module.message")


def test_what_cannot_be_read_fails_in_every_run_that_cannot_read_it(tmp_path):
    path, position = tmp_path / "a.log", str(tmp_path / "position")
    path.write_bytes(gzip.compress(b"one\nrest")[:-4])
    file = read(path, position=position)
    assert (texts(file), texts(file, "failed")) == (["one"], ["rest"])
    file = read(path, position=position)
    assert (texts(file), texts(file, "failed")) == ([], ["rest"])
    path.write_bytes(gzip.compress(b"one\nrest"))
    file = read(path, position=position)
    assert (texts(file), texts(file, "failed")) == (["rest"], [])


def test_a_file_that_vanishes_before_it_is_read_fails(tmp_path, monkeypatch):
    for name in "ab":
        (tmp_path / f"{name}.log").write_text(f"{name}\n")
    opened = os.open

    def vanish(path, *arguments, **more):
        if str(path).endswith("b.log"):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        return opened(path, *arguments, **more)

    monkeypatch.setattr(os, "open", vanish)
    file = read(tmp_path / "*.log")
    assert texts(file) == ["a"]
    (event,) = file.received("failed")
    assert "b.log' cannot be read: Permission denied" in event.get("errors.module.message")


def test_refuses_a_missing_path_that_it_does_not_follow(tmp_path):
    with (
        pytest.raises(ModuleInitFailure, match=r"no file '.*nowhere.*follow: true"),
        Harness(File, {"path": str(tmp_path / "nowhere")}),
    ):
        pass


def test_refuses_a_named_pipe(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with (
        pytest.raises(ModuleInitFailure, match="not a file that can be read"),
        Harness(File, {"path": str(tmp_path / "pipe")}),
    ):
        pass


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"path": "-", "position": "p"}, "standard input cannot have a 'position'"),
        ({"path": "x", "encoding": "nonsense"}, "not a text encoding"),
        ({"path": "x", "encoding": "punycode"}, "Lines cannot be read"),
    ],
)
def test_refuses_conflicting_arguments(arguments, message):
    with pytest.raises(ConfigError, match=message):
        Harness(File, arguments)


@pytest.mark.parametrize(
    "arguments", [{}, {"path": []}, {"path": "x", "max_line": 0}, {"path": "x", "poll": 0}]
)
def test_refuses_wrong_arguments(arguments):
    with pytest.raises(ArgumentError):
        Harness(File, arguments)


@pytest.mark.parametrize(
    ("arguments", "replays"),
    [({}, False), ({"position": "position"}, True), ({"position": "position", "retries": 0}, False)],
)
def test_declares_whether_it_submits_a_failed_line_again(arguments, replays):
    file = File(ActorConfig("file"), "log", **arguments)
    assert traits_of(file).replays(file) is replays
