from __future__ import annotations

import gzip
import os

import pytest
from reading import append, texts

from wishbone_input_file import File
from wishbone_input_file.standard_input import StandardInput
from wishbone_testing import Harness, wait_until

DESCRIPTOR = "wishbone_input_file.standard_input.DESCRIPTOR"


@pytest.fixture
def writer(monkeypatch):
    """The writing end of a pipe that replaces standard input."""
    reader, writer = os.pipe()
    monkeypatch.setattr(DESCRIPTOR, reader)
    with os.fdopen(reader, "rb"), os.fdopen(writer, "wb", 0) as file:
        yield file


def read_redirected(path, monkeypatch):
    with path.open("rb") as source:
        monkeypatch.setattr(DESCRIPTOR, source.fileno())
        with Harness(File, {"path": "-"}) as file:
            assert file.finished.wait(10)
            file.wait_until_idle()
    return file


def test_reads_what_comes_without_stopping_the_others(tmp_path, writer):
    path = tmp_path / "a.log"
    with Harness(File, {"path": ["-", str(path)], "follow": True, "poll": 0.01}) as file:
        append(path, "meanwhile\n")
        assert file.receive().data == "meanwhile"
        writer.write(b"one\ntw")
        assert file.receive().data == "one"
        writer.write(b"o")
        writer.close()
        event = file.receive()
        assert (event.data, event.get("tmp.module")) == ("two", {"path": "-", "line": 2, "offset": 4})
        assert not file.finished.is_set()


def test_finishes_at_its_end(writer):
    with Harness(File, {"path": "-"}) as file:
        writer.close()
        assert file.finished.wait(10)
    assert texts(file) == []


def test_stops_while_nothing_comes(writer, monkeypatch):
    waits = []
    select = "wishbone_input_file.standard_input.select"
    original = StandardInput.read.__globals__["select"]
    monkeypatch.setattr(select, lambda *arguments: waits.append(arguments) or original(*arguments))
    with Harness(File, {"path": "-", "poll": 3600}) as file:
        writer.write(b"one\n")
        assert file.receive().data == "one"
        before = len(waits)
        wait_until(lambda: len(waits) > before)
        assert file.stop() == []
        assert file.finished.is_set()


@pytest.mark.parametrize("content", [b"one\ntwo", b"one\ntwo\n", gzip.compress(b"one\ntwo\n")])
def test_reads_a_file_that_it_is_redirected_from(tmp_path, monkeypatch, content):
    (tmp_path / "a.log").write_bytes(content)
    assert texts(read_redirected(tmp_path / "a.log", monkeypatch)) == ["one", "two"]


@pytest.mark.parametrize("content", [b"\x1f\x8b", b"\x1f", b"\x1f\x8b\x07\n"])
def test_reads_as_text_what_only_begins_like_gzip(tmp_path, monkeypatch, content):
    (tmp_path / "a.log").write_bytes(content)
    expected = content.decode("utf-8", "replace").splitlines()
    assert texts(read_redirected(tmp_path / "a.log", monkeypatch)) == expected


def test_recognises_gzip_by_its_first_bytes_however_they_are_cut(tmp_path, monkeypatch):
    monkeypatch.setattr("wishbone_input_file.standard_input.BLOCK", 1)
    (tmp_path / "a.log").write_bytes(gzip.compress(b"one\n"))
    assert texts(read_redirected(tmp_path / "a.log", monkeypatch)) == ["one"]


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda data: data[:-4], "ends too early"),
        (lambda data: data + b"rubbish", "damaged gzip"),
    ],
)
def test_logs_damaged_gzip(tmp_path, monkeypatch, damage, message):
    (tmp_path / "a.log").write_bytes(damage(gzip.compress(b"one\nrest")))
    file = read_redirected(tmp_path / "a.log", monkeypatch)
    assert texts(file) == ["one"]
    assert [text for text in file.messages() if message in text]
    assert texts(file, "failed") == ["rest"]
