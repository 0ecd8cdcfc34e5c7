"""CSV that is appended to a file: values are under the columns that the file has."""

from __future__ import annotations

import gzip

import pytest

from wishbone_output_file import File
from wishbone_testing import Harness

pytest.importorskip("wishbone_codec_csv")

CSV = {"csv": {"line_end": "\n"}}


def write(path, *payloads, **arguments):
    """Run the module, and return whether each event was written."""
    arguments = {"path": str(path), "encoder": CSV, **arguments}
    with Harness(File, arguments, unconnected=("success", "failed")) as file:
        settlements = [file.feed_acknowledged(payload) for payload in payloads]
        return [settlement.wait().acknowledged for settlement in settlements]


def test_values_are_under_the_columns_of_the_file_after_a_restart(path):
    assert write(path, {"name": "ada", "role": "admin"}) == [True]
    assert write(path, {"role": "guest", "name": "bob"}, {"name": "eve"}) == [True, True]
    assert write(path, {"id": 7, "name": "eve", "role": "x"}, {"role": "y"}) == [False, True]
    assert path.read_text() == "name,role\nada,admin\nbob,guest\neve,\n,y\n"


def test_values_are_under_the_columns_of_the_file_after_it_was_closed_for_another(tmp_path):
    rows = [{"t": "1", "a": 1, "b": 2}, {"t": "2", "x": 1}, {"b": 20, "t": "1", "a": 10}, {"t": "2", "x": 5}]
    rows.append({"a": 100, "b": 200, "t": "1"})
    assert all(write(tmp_path / "{{ data.t }}.csv", *rows, max_open=1))
    assert (tmp_path / "1.csv").read_text() == "t,a,b\n1,1,2\n1,10,20\n1,100,200\n"
    assert (tmp_path / "2.csv").read_text() == "t,x\n2,1\n2,5\n"


def test_quoted_columns_with_line_ends_are_read(path):
    assert write(path, {"a\nb": 1, 'c"d': 2, "e,f": 3}) == [True]
    assert write(path, {"e,f": 30, 'c"d': 20, "a\nb": 10}) == [True]
    assert path.read_text() == '"a\nb","c""d","e,f"\n1,2,3\n10,20,30\n'


def test_values_are_under_the_columns_of_a_compressed_file(path):
    pytest.importorskip("wishbone_codec_compression")
    encoder = {"gzip": {"encoder": CSV}}
    assert write(path, {"a": 1, "b": 2}, encoder=encoder) == [True]
    assert write(path, {"b": 20, "a": 10}, {"a": 1, "x": 1}, encoder=encoder) == [True, False]
    with Harness(File, {"path": str(path), "encoder": encoder}, unconnected=("success", "failed")) as file:
        for number in range(3):
            assert file.feed_acknowledged({"b": number, "a": "x"}).wait().acknowledged
    assert gzip.decompress(path.read_bytes()) == b"a,b\n1,2\n10,20\nx,0\nx,1\nx,2\n"
