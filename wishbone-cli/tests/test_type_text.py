from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from wishbone_cli.type_text import range_text, type_text

Text = Annotated[str, Meta(min_length=1)]


def test_what_a_union_says_of_each_part_is_said_once():
    wanted = Text | Annotated[list[Text], Meta(min_length=1)]
    assert type_text(wanted) == "text or list of text"
    assert range_text(wanted) == "at least 1 long"


def test_different_ranges_are_all_said():
    assert range_text(Text | Annotated[int, Meta(ge=0, lt=9)]) == "at least 1 long, at least 0, below 9"
