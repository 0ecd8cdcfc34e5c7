"""An encoder that appends to a file keeps to its columns."""

from __future__ import annotations

import pytest

from wishbone.error import InvalidData
from wishbone_codec_csv import CsvEncoder


@pytest.mark.parametrize("header", ["name,role\n", 'name,"role"\n', "\ufeffname,role\r\nada,admin\r\n"])
def test_a_file_that_is_appended_to_keeps_its_columns(header):
    encoder = CsvEncoder(line_end="\n")
    encoder.resume(header.encode())
    assert encoder.encode({"role": "guest", "name": "bob"}) == b"bob,guest\n"
    with pytest.raises(InvalidData, match="no column for id"):
        encoder.encode({"id": 7, "name": "eve", "role": "x"})
    assert encoder.encode({"role": "x"}) == b",x\n"


def test_chosen_columns_are_written_under_the_columns_of_the_file():
    encoder = CsvEncoder(columns=["a", "b"], delimiter=";", line_end="\n")
    encoder.resume(b"b;c;a\n")
    assert encoder.encode({"a": 1, "b": 2, "c": 3}) == b"2;;1\n"
    assert encoder.encode([1, 2]) == b"2;;1\n"
    encoder = CsvEncoder(columns=["a", "b"], line_end="\n")
    encoder.resume(b"a\n")
    with pytest.raises(InvalidData, match="no column for b"):
        encoder.encode({"a": 1, "b": 2})
