"""Several processes that write to one file, and rotate it."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from wishbone_output_file import open_file as opening
from wishbone_output_file.open_file import open_file
from wishbone_output_file.path_template import FilePath
from wishbone_output_file.rotated_name import find_rotated

RESTARTED = """
import sys
from gevent import monkey
monkey.patch_all()
from wishbone_output_file import File
from wishbone_testing import Harness
path, name = sys.argv[1], sys.argv[2]
for start in range(30):
    with Harness(File, {"path": path, "max_size": 600}, unconnected=("success", "failed")) as file:
        settlements = [file.feed_acknowledged(f"{name} {start} {number} {'x' * 40}") for number in range(20)]
        assert all(settlement.wait().acknowledged for settlement in settlements), file.messages()
        assert file.messages() == [], file.messages()
"""


def test_writers_that_start_while_others_rotate_insert_no_blank_lines(tmp_path):
    path = tmp_path / "out.log"
    command = [sys.executable, "-W", "error", "-c", RESTARTED, path]
    writers = [subprocess.Popen([*command, name], stderr=subprocess.PIPE, text=True) for name in "abcd"]
    assert [writer.communicate(timeout=120)[1] for writer in writers] == [""] * 4
    names = [found.name for found in tmp_path.iterdir()]
    files = [tmp_path / each.name for each in find_rotated(path.name, names)]
    lines = "".join(each.read_text() for each in [*files, *tmp_path.glob("out.log")]).splitlines()
    expected = [
        f"{name} {start} {number} {'x' * 40}"
        for name in "abcd"
        for start in range(30)
        for number in range(20)
    ]
    assert sorted(lines) == sorted(expected)


@pytest.fixture
def opened(tmp_path):
    path = tmp_path / "out.log"
    path.write_text("whole\nhal")
    opened = open_file(FilePath(str(tmp_path), ("out.log",)), 0o640)
    yield opened
    opened.close()


def test_a_file_that_ends_within_a_line_is_torn(opened):
    assert opened.is_torn()


@pytest.mark.parametrize("other", [None, "", "other", "other\n"])
def test_a_file_that_another_process_has_rotated_does_not_count_as_torn(opened, tmp_path, other):
    (tmp_path / "out.log").rename(tmp_path / "out.log.1")
    if other is not None:
        (tmp_path / "out.log").write_text(other)
    assert not opened.is_torn()
    assert opened.read(100) == b""


def test_a_line_that_another_process_is_still_writing_does_not_count_as_torn(opened, tmp_path, monkeypatch):
    def go_on(_):
        with (tmp_path / "out.log").open("a") as other:
            other.write("f\n")

    monkeypatch.setattr(opening, "_sleep", go_on)
    assert not opened.is_torn()
    assert os.fstat(opened.descriptor).st_size == len("whole\nhalf\n")
