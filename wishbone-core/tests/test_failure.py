from __future__ import annotations

from pathlib import Path

from wishbone.error import InvalidData
from wishbone.failure import describe


def test_description_ends_with_the_place_that_raised_it():
    try:
        Path("/no/such/file").read_text()
    except OSError as error:
        assert describe(error).startswith("FileNotFoundError: [Errno 2]")
        assert "pathlib" in describe(error)


def test_description_of_what_was_not_raised_names_no_place():
    assert describe(InvalidData("The frame is bad.")) == "InvalidData: The frame is bad."
