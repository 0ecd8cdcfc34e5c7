from __future__ import annotations

import re

import pytest

from wishbone.diagnostics.describe import describe
from wishbone.error import InvalidData


def test_description_ends_with_file_and_line():
    with pytest.raises(InvalidData) as caught:
        raise InvalidData("It is bad.")
    assert re.fullmatch(
        rf"InvalidData: It is bad. \({re.escape(__file__)}, line \d+\)", describe(caught.value)
    )


def test_description_of_an_error_that_was_not_raised_has_no_line():
    assert describe(InvalidData("The frame is bad.")) == "InvalidData: The frame is bad."
