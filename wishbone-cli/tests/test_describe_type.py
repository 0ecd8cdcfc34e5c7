from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from wishbone_cli.describe_type import describe_range, describe_type

Text = Annotated[str, Meta(min_length=1)]


def test_a_range_that_all_parts_of_a_union_have_is_given_once():
    wanted = Text | Annotated[list[Text], Meta(min_length=1)]
    assert describe_type(wanted) == "text or list of text"
    assert describe_range(wanted) == "at least 1 long"


def test_different_ranges_are_all_given():
    assert describe_range(Text | Annotated[int, Meta(ge=0, lt=9)]) == "at least 1 long, at least 0, below 9"
